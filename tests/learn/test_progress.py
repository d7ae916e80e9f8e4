"""Answers go into an address and come back; anything else in the address does no harm."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sota_core.learn.progress import LONGEST, decode, encode
from sota_core.learn.question import LETTERS, Choice, Number, Order, Row
from sota_core.learn.questions import questions

QUESTIONS = questions()

NUMBER = st.integers(-99_999, 99_999).map(lambda n: n / 100)


def some_answer(question):
    if isinstance(question, Choice):
        n = len(question.options)
        letters = st.sets(st.sampled_from(LETTERS[:n]), min_size=1, max_size=n if question.many else 1)
        return letters.map(lambda found: "".join(sorted(found)))
    if isinstance(question, Order):
        return st.lists(st.sampled_from(LETTERS[: len(question.shown)]), min_size=1, unique=True).map("".join)
    if isinstance(question, Number):
        return NUMBER
    if isinstance(question, Row):
        n = len(question.answer)
        cells = st.tuples(*[st.one_of(st.none(), NUMBER)] * n)
        return cells.filter(lambda row: any(v is not None for v in row))
    return st.nothing()


ANSWERS = st.fixed_dictionaries(
    {}, optional={question.id: some_answer(question) for question in QUESTIONS if question.id != "grow"}
)


@given(ANSWERS)
@settings(max_examples=60, deadline=None)
def test_answers_survive_the_address(answers):
    word = encode(answers, QUESTIONS)
    assert decode(word, QUESTIONS) == answers and len(word) <= LONGEST


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_address_means_something_and_can_be_judged(text):
    answers = decode(text, QUESTIONS)
    for question in QUESTIONS:
        if question.id in answers:
            question.judge(answers[question.id])
    assert decode(encode(answers, QUESTIONS), QUESTIONS) == answers


def test_nothing_answered_is_no_word_at_all():
    assert encode({}, QUESTIONS) == "" and decode("", QUESTIONS) == {}


def test_the_word_is_short_and_needs_no_escape():
    answers = {"sets": "bc", "normalize": 2.0, "five": (0.02, 0.92, 0.02, 0.02, 0.02)}
    assert encode(answers, QUESTIONS) == "bc~2~~~~~~~~~~~0.02_0.92_0.02_0.02_0.02"


@pytest.mark.parametrize("bad", ["bb", "z", "~nan", "~1e99", "~٣", "~1_0", "~" + "9" * 500, "~~ab", "~" * 700 + "a"])
def test_what_cannot_be_meant_is_an_open_question(bad):
    assert decode(bad, QUESTIONS) == {}
