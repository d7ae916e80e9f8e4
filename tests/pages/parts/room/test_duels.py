"""Which of two runs will win, in a class that starts more of them meanwhile."""

import itertools
import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from pages.parts.room import duels
from pages.shared.runs import room
from sota_core.recipes import Recipe
from sota_core.runs.run import Run
from sota_core.runs.store import schema
from sota_core.runs.store.guesses import duel_subject
from sota_core.runs.store.store import Store
from tests.pages.conftest import texts
from tests.runs.builders import epoch
from tests.runs.told import begin, finish

Visit = Callable[..., AppTest]
TRAITS = "width 0.25, batch size 16, 32 px, 3 epochs, "


@pytest.fixture
def submit(store: Store, tiny: Recipe) -> Callable[[int], Run]:
    return lambda seed: store.queue.submit(tiny.replace(seed=seed), owner=f"web-{seed:020x}", room="FAST7")


def button(app: AppTest, of: str):
    return next(b for b in app.button if str(b.key).startswith("guess.duel.") and of in b.label)


def pairs(app: AppTest) -> set[frozenset[str]]:
    """The pairs that one may still vote on."""
    return {frozenset(str(b.key).split(".")[2:4]) for b in app.button if str(b.key).startswith("guess.duel.")}


def said(app: AppTest) -> str:
    return texts(app).replace("\\", "").replace(TRAITS, "")


def components(app: AppTest) -> list[dict]:
    return [json.loads(c.proto.json) for c in app.get("bidi_component") if c.proto.json]


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
    one, two = duels.told_apart(ann, ben)
    assert one.endswith(" · Ann") and two.endswith(" · Ben")
    assert len(set(duels.told_apart(ann, again))) == 2
    other = store.queue.submit(tiny.replace(seed=7), owner="web-" + "3" * 20, room="FAST7", nickname="Cem")
    assert "Cem" not in " ".join(duels.told_apart(ann, other))


def test_a_vote_stays_while_its_runs_train_and_is_told_when_both_have_ended(
    visit: Visit, store: Store, submit: Callable[[int], Run]
) -> None:
    """It used to be shown of the two newest runs alone, and told of two that had ended one right after the other."""
    first, second = submit(0), submit(1)
    app = visit("room", room="FAST7")
    button(app, "seed 1").click().run()
    for seed in (2, 3, 4):
        submit(seed)
    room.forget()
    app.run()
    assert "seed 1** will win against Normalization, seed 0: sealed" in said(app)
    assert "Or say which of these two will win" in said(app), "the newest two are still asked about"
    other = visit("room", room="FAST7")
    assert len(pairs(other)) == 2, "who has not voted is asked about both"
    for run in (first, second):
        assert begin(store).id == run.id
    store.log.append(first.id, 1, [epoch(1), epoch(2)])
    room.forget()
    late = visit("room", room="FAST7")
    assert ": too late to say which will win" in said(late) and len(pairs(late)) == 1
    finish(store, first.id, 0.6)
    for _ in range(2):  # two others end in between
        between = begin(store)
        finish(store, between.id, 0.65)
    room.forget()
    app.run()
    assert "seed 1** will win against" in said(app) and "won" not in said(app)
    finish(store, second.id, 0.7)
    room.forget()
    app.run()
    assert ": **Normalization, seed 1** won, as 1 of 1 had predicted" in said(app)
    assert "will win against" not in said(app)


def test_of_two_runs_on_which_nobody_has_voted_in_time_nothing_is_said(
    visit: Visit, store: Store, submit: Callable[[int], Run]
) -> None:
    submit(0)
    submit(1)
    store.log.append(begin(store).id, 1, [epoch(1), epoch(2)])
    app = visit("room", room="FAST7")
    assert not pairs(app) and "which will win" not in said(app)


def test_of_many_pairs_one_sees_one_s_own_and_the_newest(
    visit: Visit, store: Store, submit: Callable[[int], Run]
) -> None:
    runs = [submit(seed) for seed in range(8)]
    app = visit("room", room="FAST7")
    button(app, "seed 7").click().run()
    with store.session.reading() as connection:
        owner = connection.execute(sa.select(schema.guess.c.owner)).scalar_one()
    store.guesses.commit_winner(runs[0].id, runs[1].id, owner=owner, first_wins=True, room="FAST7")
    for one, other in itertools.pairwise(runs[1:]):
        store.guesses.commit_winner(one.id, other.id, owner="ann", first_wins=True, room="FAST7")
    duels._read.clear()
    app.run()
    assert said(app).count("will win against") == 2 and "seed 0** will win against Normalization, seed 1" in said(app)
    assert pairs(app) == {frozenset({runs[5].id, runs[6].id}), frozenset({runs[4].id, runs[5].id})}
    assert len(pairs(visit("room", room="FAST7"))) == duels.DRAWN


def test_a_run_that_stands_in_two_pairs_has_a_button_in_each_told_apart_by_the_other_run(
    visit: Visit, store: Store, submit: Callable[[int], Run]
) -> None:
    a, b = submit(0), submit(1)
    store.guesses.commit_winner(a.id, b.id, owner="ann", first_wins=True, room="FAST7")
    submit(2)
    app = visit("room", room="FAST7")
    keys = [str(b.key) for b in app.button if str(b.key).startswith("guess.duel.")]
    assert len(set(keys)) == 4
    (named,) = [data["named"] for data in components(app) if any("against" in n["name"] for n in data.get("named", []))]
    assert sorted(n["name"].replace(TRAITS, "") for n in named) == [
        f"Normalization, seed 1: against Normalization, seed {seed}" for seed in (0, 2)
    ]


def test_two_presses_on_two_pairs_at_once_are_both_taken(
    visit: Visit, store: Store, submit: Callable[[int], Run]
) -> None:
    a, b = submit(0), submit(1)
    store.guesses.commit_winner(a.id, b.id, owner="ann", first_wins=True, room="FAST7")
    c = submit(2)
    app = visit("room", room="FAST7")
    one, *_ = [x for x in app.button if str(x.key).startswith(f"guess.duel.{'.'.join(sorted((a.id, b.id)))}")]
    two, *_ = [x for x in app.button if str(x.key).startswith(f"guess.duel.{'.'.join(sorted((b.id, c.id)))}")]
    one.click()
    two.click().run()
    assert store.guesses.count(duel_subject(a.id, b.id)) == 2 and store.guesses.count(duel_subject(b.id, c.id)) == 1
    assert said(app).count("will win against") == 2
