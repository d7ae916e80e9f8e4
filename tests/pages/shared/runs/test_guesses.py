"""A press on one of two runs, after a class has started a third."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.runs import room
from sota_core.recipes import Recipe
from sota_core.runs.store.guesses import duel_subject
from sota_core.runs.store.store import Store
from tests.pages.conftest import texts


@pytest.mark.parametrize("winner", [0, 1])
def test_who_says_which_of_two_will_win_says_it_of_the_two_that_they_saw(
    visit: Callable[..., AppTest], store: Store, tiny: Recipe, winner: int
) -> None:
    """A guess cannot be changed. It used to be sealed for a run that its owner had not seen, or was lost."""

    def start(seed: int) -> str:
        return store.queue.submit(tiny.replace(seed=seed), owner=f"web-{seed:020x}", room="FAST7").id

    runs = [start(0), start(1)]
    app = visit("room", room="FAST7")
    button = next(b for b in app.button if str(b.key).startswith("guess.duel.") and f"seed {winner}" in b.label)
    start(2)
    room.forget()
    button.click().run()
    assert not app.exception
    assert store.guesses.count(duel_subject(*runs)) == 1
    assert "Or say which of these two will win" in texts(app), "the newer two must still be open to a guess"
