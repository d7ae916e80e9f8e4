"""How answers are judged, and that the fourteen questions are complete and consistent."""

import numpy as np
import pytest

from sota_core.errors import InputError
from sota_core.functional.smoothing import smooth_targets
from sota_core.language import use
from sota_core.learn.question import Choice, Deed, Number, Order, Row
from sota_core.learn.questions import questions
from sota_core.learn.questions_of_pictures import grows
from sota_core.recipes import PRESETS

QUESTIONS = questions()

BY_ID = {question.id: question for question in QUESTIONS}
CHOICES = [q for q in QUESTIONS if isinstance(q, Choice)]
NUMBERS = [q for q in QUESTIONS if isinstance(q, Number)]


def right(question) -> object:
    """The right answer, in the form in which a page hands it over."""
    if isinstance(question, Choice):
        return "".join("abcdefgh"[i] for i, option in enumerate(question.options) if option.is_right)
    if isinstance(question, Order):
        return "".join("abcdefgh"[question.shown.index(step)] for step in range(len(question.steps)))
    return [PRESETS["progressive"]] if isinstance(question, Deed) else question.answer


def test_a_language_changes_the_words_and_nothing_else():
    with use("de"):
        others = questions()
    for question, other in zip(QUESTIONS, others, strict=True):
        assert (other.id, other.topic, right(other)) == (question.id, question.topic, right(question))
    assert "ε = 0,1" in others[12].ask and "ε = 0.1" in questions()[12].ask


def test_there_are_fourteen_with_names_of_their_own():
    assert len(QUESTIONS) == len(BY_ID) == 14


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.id)
def test_the_right_answer_is_right_and_says_the_lesson(question):
    verdict = question.judge(right(question))
    assert verdict.is_right and verdict.why == question.lesson


@pytest.mark.parametrize("question", CHOICES, ids=lambda q: q.id)
def test_every_wrong_option_says_why(question):
    n_right = sum(option.is_right for option in question.options)
    assert n_right > 1 if question.many else n_right == 1
    for letter, option in zip("abcdefgh", question.options, strict=False):
        verdict = question.judge(letter)
        assert bool(option.why) is not option.is_right
        assert verdict.is_right is (None if option.is_right and question.many else option.is_right)
        assert option.is_right or verdict.why == option.why


def test_the_right_options_do_not_all_stand_in_one_place():
    places = {[o.is_right for o in q.options].index(True) for q in CHOICES}
    assert len(places) >= 3


def test_some_of_several_is_not_yet_an_answer():
    question = BY_ID["progressive"]
    assert question.judge("a").is_right is None and question.judge("ac").why == "Right so far. Another one is true too."
    assert question.judge("acd").is_right and question.judge("acde").is_right is False


def test_the_chapter_s_five_category_target():
    question = BY_ID["five"]
    assert isinstance(question, Row)
    assert question.answer == pytest.approx((0.02, 0.92, 0.02, 0.02, 0.02))
    assert question.judge((0.02, 0.92, 0.02, 0.02, 0.02)).is_right
    assert "own share" in question.judge((0.02, 0.9, 0.02, 0.02, 0.02)).why
    assert "wrong place" in question.judge((0.92, 0.02, 0.02, 0.02, 0.02)).why
    assert "four other" in question.judge((0.025, 0.9, 0.025, 0.025, 0.025)).why
    assert "0.50" in question.judge((0.1, 0.1, 0.1, 0.1, 0.1)).why
    assert question.judge((0.02, 0.92, 0.02, 0.02, None)).is_right is None
    assert question.cells((0.02, 0.9, None, 0.02, 0.02)) == (True, False, None, True, True)


@pytest.mark.parametrize("eps", [0.0, 0.2, 0.5])
def test_its_numbers_are_the_maths(eps):
    from sota_core.learn.questions_of_targets import five_targets

    assert five_targets(eps) == tuple(smooth_targets(np.array([1]), 5, eps)[0])


@pytest.mark.parametrize("question", NUMBERS, ids=lambda q: q.id)
def test_slips_are_wrong_and_each_has_its_own_words(question):
    said = [question.judge(value).why for value, _ in question.slips]
    assert len(set(said)) == len(said)
    assert all(question.judge(value).is_right is False for value, _ in question.slips)
    assert question.judge(-1e3).why == question.otherwise and question.judge(None).is_right is None


def test_an_order_is_told_how_far_it_is_right():
    question = BY_ID["tta"]
    assert isinstance(question, Order)
    answer = str(right(question))
    assert question.judge(answer[:3]).is_right is None
    assert question.judge(answer[:2] + answer[3]).why.startswith("Correct up to step 2.")
    assert question.step(answer[0]) == question.steps[0]


def test_a_deed_is_seen_in_what_was_run():
    assert grows(PRESETS["progressive"]) and grows(PRESETS["all"]) and not grows(PRESETS["baseline"])
    assert BY_ID["grow"].judge([PRESETS["baseline"]]).is_right is None


def test_what_is_no_answer_is_refused():
    with pytest.raises(InputError, match="letters from a to d"):
        BY_ID["epochs"].judge("z")
    with pytest.raises(InputError, match="must be 5 numbers"):
        BY_ID["five"].judge((1.0,))
