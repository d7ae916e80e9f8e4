"""The guesses that wait in a room for its next run: whatever begins it, they go with it."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from sota_core.people.rooms import MOST_ROOMS
from sota_core.recipes import Recipe
from sota_core.runs.store.guesses import room_subject
from sota_core.runs.store.store import Store
from tests.pages.conftest import texts, turn
from tests.pages.shared.runs.test_start import owner_of
from tests.pages.test_compare import told

LAB, ROOM = "train", "room"
SAID = "The room's 1 guess counts for the next run that is started in it."
Visit = Callable[..., AppTest]


@pytest.fixture
def waiting(store: Store) -> Store:
    """A store with one guess that waits in the room."""
    assert store.guesses.commit_next("FAST7", owner="ann", value=0.6, nickname="Ann")
    return store


def n_taken(store: Store) -> int:
    (run,) = store.history.list_runs(room="FAST7")
    n = store.guesses.count(run.id)
    assert store.guesses.count(room_subject("FAST7")) == 1 - n
    return n


@pytest.mark.parametrize("key", ["again", "suggestion"])
def test_what_a_run_s_page_starts_takes_them_and_the_page_says_so_before(
    visit: Visit, waiting: Store, tiny: Recipe, key: str
) -> None:
    """Only the lab's Start took them, though the room says that they go with the next run that somebody starts."""
    app = visit(LAB, run=told(waiting, tiny, (0.4, 0.5, 0.7), tta=0.72), room="FAST7")
    assert SAID in texts(app)
    app.button(key=key).click().run()
    assert n_taken(waiting) == 1 and SAID not in texts(app)


def test_so_does_the_first_experiment_of_the_first_screen(visit: Visit, waiting: Store) -> None:
    app = visit(room="FAST7")
    assert SAID in texts(app)
    app.button(key="home.run").click().run()
    assert n_taken(waiting) == 1


def test_nothing_is_said_of_them_outside_the_room_or_where_none_waits(visit: Visit, waiting: Store) -> None:
    assert SAID not in texts(visit()) and "guess counts" not in texts(visit(room="OTHER7"))


def test_whoever_starts_a_run_in_the_lab_may_leave_them_to_another(visit: Visit, waiting: Store) -> None:
    app = visit(LAB, room="FAST7")
    app.checkbox(key="guess.take_the_room_s").uncheck()
    app.button(key="lab.start").click().run()
    assert n_taken(waiting) == 0


@pytest.mark.parametrize("key", ["lab.start", "lab.start_below"])
def test_a_guess_made_while_the_lab_was_on_the_screen_goes_along_too(visit: Visit, store: Store, key: str) -> None:
    app = visit(LAB, room="FAST7")
    assert store.guesses.commit_next("FAST7", owner="ann", value=0.6)
    app.button(key=key).click().run()
    assert n_taken(store) == 1


def test_one_s_guess_for_the_next_run_stands_in_place_of_the_field_beside_start(visit: Visit, store: Store) -> None:
    """There is one guess each: the one typed there was dropped without a word."""
    app = visit(ROOM, room="FAST7")
    app.number_input(key="guess.next").set_value(60.0).run()
    app.button(key="guess.next.seal").click().run()
    app = turn(app, LAB).run()
    assert "Your guess for the next run, **60.0\u00a0%**, is sealed." in texts(app)
    assert "guess.before" not in [field.key for field in app.number_input]
    app.checkbox(key="guess.take_the_room_s").uncheck().run()
    assert "guess.before" in [field.key for field in app.number_input] and not app.exception


def test_a_guess_that_no_more_are_kept_with_says_so(
    visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sota_core.runs.store.guesses.MOST_GUESSES", 0)
    app = visit(LAB, room="FAST7")
    app.number_input(key="guess.before").set_value(80.0).run()
    app.button(key="lab.start").click().run()
    assert "This guess was not taken" in " ".join(toast.value for toast in app.toast) and not app.exception
    (run,) = store.history.list_runs(room="FAST7")
    store.transitions.request_cancel(run.id)


def test_a_guess_in_one_room_too_many_is_refused_in_a_sentence(visit: Visit, store: Store) -> None:
    app = visit(ROOM, room="FAST7")
    app.number_input(key="guess.next").set_value(60.0)
    for n in range(MOST_ROOMS):
        assert store.guesses.commit_next(f"ROOM{n}", owner=owner_of(app), value=0.5)
    app.button(key="guess.next.seal").click().run()
    assert (
        f"Guesses of yours wait in {MOST_ROOMS} rooms" in " ".join(said.value for said in app.warning)
        and not app.exception
    )
    assert store.guesses.count(room_subject("FAST7")) == 0
