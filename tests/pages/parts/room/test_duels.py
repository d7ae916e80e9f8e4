"""Which of two runs will win, in a class that starts more of them meanwhile."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.room import duels
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


def test_two_of_a_kind_that_a_class_has_started_are_told_apart(store: Store, tiny: Recipe) -> None:
    ann, ben, again = (
        store.queue.submit(tiny, owner=f"web-{n}{'0' * 19}", room="FAST7", nickname=called)
        for n, called in ((1, "Ann"), (2, "Ben"), (1, "Ann"))
    )
    one, two = duels._told_apart(ann, ben)
    assert one.endswith(" · Ann") and two.endswith(" · Ben")
    assert len(set(duels._told_apart(ann, again))) == 2
    other = store.queue.submit(tiny.replace(seed=7), owner="web-" + "3" * 20, room="FAST7", nickname="Cem")
    assert "Cem" not in " ".join(duels._told_apart(ann, other))
