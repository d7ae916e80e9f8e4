"""The questionnaire: answers are judged at once and kept in the address, and every hint leads where it says."""

import hashlib
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.session import site
from sota_core.learn.experiments import EXPERIMENTS
from sota_core.learn.question import Choice, Deed
from sota_core.learn.questions import questions
from sota_core.learn.typed import LONGEST
from sota_core.recipes import FIELDS, PRESETS, Phase, Recipe
from sota_core.runs.ladders import climber
from sota_core.runs.store.store import Store
from tests.pages.conftest import turn
from tests.runs.builders import ME

QUESTIONS = questions()

PAGE = "questionnaire"
Visit = Callable[..., AppTest]
LINKS = [q.hint for q in QUESTIONS] + [q.start for q in QUESTIONS if isinstance(q, Deed)]
LINKS += [task.link for e in EXPERIMENTS for task in e.tasks if task.link is not None]


def said(app: AppTest) -> str:
    return "\n".join(str(part.value) for kind in (app.success, app.error, app.info) for part in kind)


def parameter(app: AppTest, name: str) -> str:
    value = app.query_params.get(name, "")
    return value if isinstance(value, str) else value[0]


def at(question_id: str) -> str:
    return str(1 + [q.id for q in QUESTIONS].index(question_id))


def test_a_first_visit_asks_the_first_question_and_knows_no_answer(visit: Visit) -> None:
    app = visit(PAGE)
    assert app.header[0].value == QUESTIONS[0].ask
    assert said(app) == "" and "a" not in app.query_params
    assert app.get("progress")[0].proto.text.endswith("0 of 14 right]]")


def test_a_wrong_choice_is_told_why_and_a_right_one_too(visit: Visit) -> None:
    app = visit(PAGE, q=at("epochs"))
    question = QUESTIONS[int(at("epochs")) - 1]
    assert isinstance(question, Choice)
    app.radio(key="questionnaire.epochs").set_value("a").run()
    assert "Not quite" in said(app)
    app.radio(key="questionnaire.epochs").set_value("b").run()
    assert "**Right.**" in said(app) and not app.exception
    assert parameter(app, "a").endswith("~b")


def test_the_why_of_a_right_answer_stays_until_its_reader_goes_on(visit: Visit) -> None:
    app = visit(PAGE)
    for letter in "bc":
        app.checkbox(key=f"questionnaire.sets{letter}").check().run()
    for done in (0, 1):
        assert app.header[0].value == QUESTIONS[done].ask and "**Right.**" in said(app)
        app = visit(PAGE, a=parameter(app, "a"))  # a returning visitor gets the first question not yet right
        assert app.header[0].value == QUESTIONS[done + 1].ask
        if done == 0:
            app.text_input(key="questionnaire.normalize").set_value("2").run()


def test_the_five_category_target_is_typed_in_and_checked(visit: Visit) -> None:
    app = visit(PAGE, q=at("five"))
    for i, value in enumerate(("0.02", "0.9", "0,02", "2 %", ".02")):
        app.text_input(key=f"questionnaire.five{i}").set_value(value).run()
    assert "own share" in said(app)
    assert app.text_input(key="questionnaire.five2").value == "0,02"  # as it was written
    app.text_input(key="questionnaire.five1").set_value("92%").run()
    assert "**Right.**" in said(app)
    again = visit(PAGE, q=at("five"), a=parameter(app, "a"))
    assert said(again) == said(app) and again.text_input(key="questionnaire.five1").value == "0.92"


@pytest.mark.parametrize("typed", ["0.92", "0,92", "92 %"])
def test_in_german_both_marks_are_read_and_a_link_s_answer_is_written_with_a_comma(visit: Visit, typed: str) -> None:
    app = visit(PAGE, lang="de", q=at("five"), a="~" * (int(at("five")) - 1) + "0.02_0.9_0.02_0.02_0.02")
    assert app.text_input(key="questionnaire.five1").value == "0,9" and app.error
    app.text_input(key="questionnaire.five1").set_value(typed).run()
    assert app.success and not app.error
    assert app.text_input(key="questionnaire.five1").value == typed  # as it was written
    assert parameter(app, "a").endswith("0.02_0.92_0.02_0.02_0.02")


@pytest.mark.parametrize("typed", ["2,0", "2.0", " 2 ", "2"])
def test_a_number_may_have_a_comma_and_spaces(visit: Visit, typed: str) -> None:
    app = visit(PAGE, q=at("normalize"))
    app.text_input(key="questionnaire.normalize").set_value(typed).run()
    assert "**Right.**" in said(app) and parameter(app, "a").endswith("~2")


@pytest.mark.parametrize("typed", ["50 s", "50 sec", "50 Sek.", "50seconds"])
def test_a_unit_may_be_written_as_people_do(visit: Visit, typed: str) -> None:
    app = visit(PAGE, q=at("tta_cost"))
    app.text_input(key="questionnaire.tta_cost").set_value(typed).run()
    assert "**Right.**" in said(app) and app.text_input(key="questionnaire.tta_cost").value == typed


def test_what_is_no_number_stays_to_be_mended_and_is_said(visit: Visit) -> None:
    app = visit(PAGE, q=at("normalize"))
    app.text_input(key="questionnaire.normalize").set_value("two").run()
    assert app.text_input(key="questionnaire.normalize").value == "two"
    assert any("not a number" in str(m.value) for m in app.markdown)
    assert "a" not in app.query_params and said(app) == ""
    app.text_input(key="questionnaire.normalize").set_value("2").run()
    assert "**Right.**" in said(app) and not any("not a number" in str(m.value) for m in app.markdown)


@pytest.mark.parametrize("field", ["normalize", "five1"])
def test_a_field_counts_no_characters_and_cuts_what_is_too_long(visit: Visit, field: str) -> None:
    app = visit(PAGE, q=at(field.rstrip("1")))
    box = app.text_input(key=f"questionnaire.{field}")
    assert not box.proto.max_chars
    box.set_value("2" + 100_000 * " " + "x").run()
    assert len(app.text_input(key=f"questionnaire.{field}").value) <= LONGEST


@pytest.mark.parametrize("place", [0, 2, 3, 4])
def test_the_right_numbers_at_another_index_are_told_so(visit: Visit, place: int) -> None:
    row = "_".join("0.92" if i == place else "0.02" for i in range(5))
    app = visit(PAGE, q=at("five"), a="~" * (int(at("five")) - 1) + row)
    assert "wrong place: the label is index 1" in said(app).replace("\\", "")


def test_steps_are_placed_one_by_one_and_can_be_taken_back(visit: Visit) -> None:
    app = visit(PAGE, q=at("tta"))
    app.button(key="questionnaire.ttab").click().run()
    assert parameter(app, "a").endswith("~b") and said(app) == ""
    app.button(key="questionnaire.ttac").click().run()
    assert "Correct up to step 1" in said(app)
    app.button(key="questionnaire.tta.back").click().run()
    for letter in "edac":
        app.button(key=f"questionnaire.tta{letter}").click().run()
    assert "**Right.**" in said(app) and not app.exception


def test_two_steps_pressed_before_the_page_is_drawn_anew_are_both_placed_and_one_pressed_twice_once(
    visit: Visit,
) -> None:
    """The second step used to replace the first, because its button knew only what had been drawn with it."""
    app = visit(PAGE, q=at("tta"))
    button = {letter: app.button(key=f"questionnaire.tta{letter}") for letter in "bc"}
    for letter in "bc":
        button[letter].click()  # both come in one message
    app.run()
    assert sorted(parameter(app, "a").rpartition("~")[2]) == ["b", "c"] and not app.exception
    button["b"].click().run()
    assert sorted(parameter(app, "a").rpartition("~")[2]) == ["b", "c"]


def test_several_may_be_true_and_a_number_is_judged(visit: Visit) -> None:
    app = visit(PAGE, q=at("noise"))
    app.checkbox(key="questionnaire.noisea").check().run()
    assert "Another one is true too" in said(app).replace("\\", "")
    app.checkbox(key="questionnaire.noisec").check().run()
    assert "**Right.**" in said(app)
    app.button_group(key="questionnaire.at").set_value(6).run()
    app.text_input(key="questionnaire.tta_cost").set_value("40 s").run()
    assert "passes" in said(app) and parameter(app, "q") == "7"


@pytest.mark.parametrize("kind", [str, climber], ids=["itself", "for a ladder"])
def test_a_deed_is_done_by_a_finished_run_of_one_s_own(
    kind: Callable[[str], str], visit: Visit, store: Store, tiny: Recipe
) -> None:
    app = visit(PAGE, q=at("grow"))
    assert "No finished run" in said(app).replace("\\", "")
    growing = tiny.replace(phases=(tiny.phases[0], Phase(size=64, bs=16, n_epochs=1)))
    token = app.session_state["owner.token"]
    me = kind("web-" + hashlib.sha256(token.encode()).hexdigest()[:20])
    for owner in ("somebody else", me):
        run = store.queue.submit(growing, owner=owner)
        store.queue.claim()
        store.transitions.begin(run.id, 1, **ME)
        store.transitions.finish(run.id, 1, {"accuracy": 0.5})
        app.run()
        assert ("**Right.**" in said(app)) is (owner == me)


def test_ticks_stand_in_the_address(visit: Visit) -> None:
    app = visit(PAGE, done="b")
    assert app.checkbox(key="questionnaire.task.b").value
    app.checkbox(key="questionnaire.task.a").check().run()
    assert parameter(app, "done") == "ab"


def test_answers_wait_in_the_session_while_another_page_is_open(visit: Visit) -> None:
    app = visit(PAGE, q=at("epochs"))
    app.radio(key="questionnaire.epochs").set_value("b").run()
    word = parameter(app, "a")
    app.query_params.clear()
    turn(app, "mixup").run()
    app.query_params.clear()
    turn(app, PAGE).run()
    assert parameter(app, "a") == word and not app.exception


@pytest.mark.parametrize("word", ["~~~~", "zzz", "<b>", "bc~nan~x"])
def test_an_address_that_means_nothing_is_a_fresh_start(visit: Visit, word: str) -> None:
    app = visit(PAGE, a=word, q="99", done="<script>")
    assert not app.exception


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.label)
def test_a_link_names_a_page_and_controls_that_exist(link) -> None:
    assert link.page in site.BY_ADDRESS
    if link.page == "train":
        names = {name for name in link.address if not name.startswith("phases.")}
        assert names <= {*FIELDS, "recipe", "fit"} and link.address.get("recipe", "baseline") in PRESETS


LAB_LINKS = [link for link in LINKS if link.page == "train"]


@pytest.mark.parametrize("link", LAB_LINKS, ids=lambda link: link.label)
def test_the_lab_is_opened_ready_to_start(link) -> None:
    from sota_core.recipes import DEFAULT_THROUGHPUT
    from sota_core.recipes.draft import Pictures, compose

    draft = compose(link.address, Pictures("sample", 1500, 500), DEFAULT_THROUGHPUT)
    assert draft.recipe is not None, draft.problem
    asked = {k: v for k, v in link.address.items() if k in FIELDS and k != "source"}
    assert all(str(getattr(draft.recipe, k)) == v for k, v in asked.items())


STATES = sorted(
    {(link.page, k, v) for link in LINKS for k, v in link.address.items() if "." in k and "phases" not in k}
)


@pytest.mark.parametrize("page", sorted({page for page, *_ in STATES}))
def test_a_hint_brings_about_the_state_it_promises(visit: Visit, page: str) -> None:
    wanted = {}
    for link in LINKS:
        if link.page == page:
            wanted |= {k: v for k, v in link.address.items() if "." in k}
    app = visit(page, **{k.replace(".", "__"): v for k, v in wanted.items()})
    kinds = (app.slider, app.select_slider, app.number_input)
    shown = {w.key: w.value for kind in kinds for w in kind}
    assert {k: float(shown[k]) for k in wanted} == {k: float(v) for k, v in wanted.items()}
