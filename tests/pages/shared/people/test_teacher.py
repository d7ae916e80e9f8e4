"""The teacher's controls need a token, which one check enforces; hiding a button would not be enough."""

import html
import re
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from pages.parts.train import live_panel
from pages.shared.people import teacher as door
from pages.shared.people.teacher import ACTIONS, act
from pages.shared.runs import queue
from sota_core.errors import NotYoursError
from sota_core.recipes import Recipe
from sota_core.runs.states import State
from sota_core.runs.store.store import Store

PAGE = "train"
TOKEN = "chalk and sponge"
Visit = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def a_token_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOTA_OPERATOR_TOKEN", TOKEN)


@pytest.fixture
def teacher(visit: Visit) -> Callable[..., AppTest]:
    def teacher(**address: str) -> AppTest:
        app = visit(PAGE, **address)
        enter(app, TOKEN)
        return app

    return teacher


def enter(app: AppTest, token: str) -> None:
    app.text_input(key="operator.entered").set_value(token)
    next(button for button in app.button if button.label == "Open the controls").click().run()
    assert not app.exception


def waiting(store: Store, recipe: Recipe, owner: str, seed: int = 0) -> str:
    run = store.queue.submit(recipe.replace(seed=seed), owner=owner).id
    queue.forget()
    return run


def ended(store: Store, recipe: Recipe, owner: str) -> str:
    run = waiting(store, recipe, owner)
    store.transitions.request_cancel(run)
    queue.forget()
    return run


def menu(app: AppTest, run_id: str):
    return next(m for m in app.menu_button if m.key == f"run.menu.{run_id}")


def keys(app: AppTest) -> set[str]:
    return {str(widget.key) for kind in (app.button, app.menu_button, app.text_input) for widget in kind}


def test_without_a_configured_token_there_is_no_form_and_no_way(
    visit: Visit, store: Store, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOTA_OPERATOR_TOKEN")
    waiting(store, tiny, "pupil")
    app = visit(PAGE, runs="all")
    assert not {key for key in keys(app) if key.startswith(("operator", "run.menu"))}


@pytest.mark.long
def test_a_wrong_token_opens_nothing_and_is_said(visit: Visit, store: Store, tiny: Recipe) -> None:
    waiting(store, tiny, "pupil")
    app = visit(PAGE, runs="all")
    for wrong in ("", "chalk", TOKEN + " "):
        enter(app, wrong)
        assert "not the token" in app.warning[0].value
        assert not app.menu_button and "operator.clear" not in keys(app)


def test_the_token_opens_the_controls_and_stays_out_of_the_address_and_the_session(teacher) -> None:
    app = teacher(runs="all")
    assert "operator.leave" in keys(app) and not app.warning
    assert TOKEN not in str(app.query_params)
    assert "operator.entered" not in app.session_state and TOKEN not in app.session_state["operator.proof"]


def test_they_stay_open_in_this_browser_for_a_day_where_the_teacher_says_so(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_for_a_day(visit)
    signed = left(app)
    assert TOKEN not in signed and 8 * 3600 - 60 < int(signed.partition(".")[0]) - time.time() <= 8 * 3600

    def comes_back(cookie: str, me: str) -> bool:
        monkeypatch.setattr(ContextProxy, "cookies", {"sota_teacher": cookie})
        again = visit(PAGE)
        again.session_state["owner.token"] = me
        return "operator.leave" in keys(again.run())

    me = app.session_state["owner.token"]
    assert comes_back(signed, me)
    assert not comes_back(signed, "0" * 32), "another visitor's cookie"
    assert not comes_back(f"{2**33}.{signed.partition('.')[2]}", me), "a changed time is not signed"
    with monkeypatch.context() as later:
        later.setattr(door, "time", SimpleNamespace(time=lambda: time.time() + 8 * 3600))
        assert not comes_back(signed, me), "eight hours are over"
    monkeypatch.setenv("SOTA_OPERATOR_TOKEN", TOKEN + "s")
    assert not comes_back(signed, me), "the token has been changed"

    app.button(key="operator.leave").click().run()
    assert left(app) == ""


def test_eight_hours_later_they_are_closed_in_a_tab_left_open_too(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_for_a_day(visit)
    assert "operator.leave" in keys(app.run())
    monkeypatch.setattr(door, "time", SimpleNamespace(time=lambda: time.time() + 8 * 3600))
    assert "operator.leave" not in keys(app.run())


def test_closing_takes_the_cookie_away_whichever_tab_has_set_it(teacher) -> None:
    app = teacher()
    assert left(app) == "", "without the tick an earlier cookie is removed too"
    app.button(key="operator.leave").click().run()
    assert left(app) == ""


def open_for_a_day(visit: Visit) -> AppTest:
    app = visit(PAGE)
    app.checkbox(key="operator.stays").check()
    enter(app, TOKEN)
    return app


def left(app: AppTest) -> str:
    """The value of the teacher's cookie that the page sets."""
    (script,) = [element.proto.body for element in app.get("html") if "sota_teacher" in element.proto.body]
    found = re.search(r'\["sota_teacher", "([^"]*)"', html.unescape(script))
    assert found
    return found[1]


@pytest.mark.long
def test_a_teacher_stops_pins_and_removes_any_run(teacher, store: Store, tiny: Recipe) -> None:
    first, old = waiting(store, tiny, "pupil"), ended(store, tiny, "another")
    app = teacher(runs="all")
    menu(app, first).click("stop").run()
    assert store.history.get(first).state is State.CANCELLED and store.history.get(first).cancel_by == "operator"
    menu(app, old).click("pin").run()
    assert store.history.get(old).pinned
    menu(app, old).click("unpin").run()
    assert not store.history.get(old).pinned
    menu(app, old).click("delete").run()
    app.button(key="run.keep").click().run()
    assert "run.delete" not in keys(app) and len(store.history.list_runs()) == 2
    menu(app, old).click("delete").run()
    assert len(store.history.list_runs()) == 2, "it must ask first"
    app.button(key="run.delete").click().run()
    assert {run.id for run in store.history.list_runs()} == {first}


def test_a_teacher_clears_the_queue_of_one_owner_or_of_all(teacher, store: Store, tiny: Recipe) -> None:
    claimed = waiting(store, tiny, "busy")
    assert store.queue.claim() is not None
    ann = [waiting(store, tiny, "ann", n) for n in range(2)]
    ben = waiting(store, tiny, "ben")
    app = teacher(runs="all")
    menu(app, ann[0]).click("clear").run()
    assert [store.history.get(run).state for run in (*ann, ben)] == [State.CANCELLED, State.CANCELLED, State.QUEUED]
    app.button(key="operator.clear").click().run()
    assert store.history.get(ben).state is State.CANCELLED and store.history.get(claimed).state is State.STARTING
    assert not store.history.get(claimed).cancel_requested


def test_a_teacher_stops_a_run_from_its_own_panel(teacher, store: Store, tiny: Recipe) -> None:
    run = waiting(store, tiny, "pupil")
    app = teacher()
    app.query_params["run"] = run
    app.run().button(key="stop").click().run()
    assert store.history.get(run).state is State.CANCELLED


@pytest.mark.long
def test_buttons_left_on_the_screen_do_nothing_once_the_controls_are_closed(teacher, store, tiny: Recipe) -> None:
    run, old = waiting(store, tiny, "pupil"), ended(store, tiny, "another")
    app = teacher(runs="all")
    for what, target in (("stop", run), ("pin", run), ("clear", run), ("delete", old)):
        stale = menu(app, target).click(what)
        del app.session_state["operator.proof"]
        stale.run()
        assert not app.exception and not app.menu_button
        enter(app, TOKEN)
    stale = app.button(key="run.delete").click()  # its question was asked before
    del app.session_state["operator.proof"]
    stale.run()
    enter(app, TOKEN)
    stale = app.button(key="operator.clear").click()
    del app.session_state["operator.proof"]
    stale.run()
    assert store.history.get(run).state is State.QUEUED and not store.history.get(run).pinned
    assert len(store.history.list_runs()) == 2


def test_a_token_the_server_changes_closes_what_the_old_one_opened(
    teacher, store: Store, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = waiting(store, tiny, "pupil")
    app = teacher(runs="all")
    stale = menu(app, run).click("stop")
    monkeypatch.setenv("SOTA_OPERATOR_TOKEN", "another token")
    stale.run()
    assert store.history.get(run).state is State.QUEUED


@pytest.mark.parametrize("what", ACTIONS)
def test_every_action_asks_the_one_check(what: str, store: Store, tiny: Recipe) -> None:
    # called outside any page, as by a callback that lacks its guard
    run = waiting(store, tiny, "pupil")
    with pytest.raises(NotYoursError, match="enter the operator's token"):
        act(what, run)
    assert store.history.get(run).state is State.QUEUED and not store.history.get(run).pinned


def test_only_the_owner_or_the_operator_stops_a_run_whatever_was_clicked(
    visit: Visit, store: Store, tiny: Recipe
) -> None:
    run = store.history.get(waiting(store, tiny, "pupil"))
    assert visit(PAGE, run=run.id).button(key="stop").disabled
    with pytest.raises(NotYoursError):
        live_panel.ask_to_stop(run)  # what the disabled button would do
    assert not store.history.get(run.id).cancel_requested


def test_guesses_are_logged_with_where_they_came_from_and_never_with_what_was_guessed(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ContextProxy, "ip_address", "203.0.113.7")
    enter(visit(PAGE), "duster")
    (told,) = [r.getMessage() for r in caplog.records if r.name.endswith("people.teacher")]
    assert "a wrong one from net-" in told and "duster" not in told and "203.0.113.7" not in told


def test_who_has_opened_the_controls_before_waits_for_no_guesser_of_the_same_network(
    teacher: Callable[..., AppTest], visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanes: list[str] = []
    monkeypatch.setattr(ContextProxy, "ip_address", None)
    monkeypatch.setattr(door.Tries, "answer", lambda tries, lane, is_right: lanes.append(lane) or is_right)
    app = teacher()
    app.button(key="operator.leave").click().run()
    enter(app, TOKEN)
    enter(visit(PAGE), "duster")
    assert lanes[0] == lanes[2] == "this machine" and lanes[1].startswith("web-")


@pytest.mark.parametrize(
    ("days", "gb", "said"),
    [
        (
            "365",
            "50",
            "ended more than 365 days ago are deleted, and where the files of all runs together exceed 50.0 GB, the "
            "oldest ones of whoever takes most.",
        ),
        (
            "0",
            "3",
            "Where the files of all runs together exceed 3.0 GB, the oldest runs of whoever takes most are deleted.",
        ),
        ("0", "0", "No run is deleted automatically."),
    ],
)
def test_the_operator_is_told_what_is_cleared_away(
    teacher: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, days: str, gb: str, said: str
) -> None:
    monkeypatch.setenv("SOTA_KEEP_DAYS", days)
    monkeypatch.setenv("SOTA_KEEP_GB", gb)
    assert any(said in text.value for text in teacher().markdown)
