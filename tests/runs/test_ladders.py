"""A ladder that several visitors start at once, that is refused halfway, or resumed: each of its runs exists once, or
none does.
"""

import threading
from dataclasses import replace

import pytest

from sota_core.errors import QuotaError
from sota_core.recipes import DEFAULT_THROUGHPUT, Recipe
from sota_core.recipes.draft import Pictures
from sota_core.runs import ladders
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.settings import Limits, Settings
from tests.runs.told import begin

PICTURES = Pictures("sample", 8000, 2000)


def start(store: Store, owner: str, recipes: list[Recipe], origin: str | None = None) -> str:
    return ladders.start(store, owner, recipes, PICTURES, DEFAULT_THROUGHPUT, "pictures", origin)


@pytest.fixture
def recipes(recipe: Recipe) -> list[Recipe]:
    return [recipe.replace(seed=seed) for seed in range(4)]


def test_a_class_that_presses_together_trains_it_once(settings: Settings, store: Store, recipes: list[Recipe]) -> None:
    together, names = threading.Barrier(8), set()

    def press(pupil: int) -> None:
        with Store(settings) as mine:
            together.wait()
            names.add(start(mine, f"pupil {pupil}", recipes))

    presses = [threading.Thread(target=press, args=(pupil,)) for pupil in range(8)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    runs = store.history.list_runs(limit=None)
    assert len(names) == 1 and sorted(run.identity for run in runs) == sorted(one.identity() for one in recipes)


def test_where_one_run_is_refused_none_waits(settings: Settings, store: Store, recipes: list[Recipe]) -> None:
    with Store(replace(settings, limits=Limits(max_cost=1))) as narrow:
        with pytest.raises(QuotaError, match="too large"):
            start(narrow, "ann", recipes)
        assert narrow.history.list_runs() == []
    start(store, "ann", recipes)
    assert len(store.history.list_runs()) == 4


def test_the_ladders_of_one_address_have_a_limit_together(
    settings: Settings, store: Store, recipes: list[Recipe]
) -> None:
    with Store(replace(settings, limits=Limits(max_live_by_address=6))) as narrow:
        start(narrow, "ann", recipes, origin="net-1")
        other = [one.replace(seed=one.seed + 4) for one in recipes]
        with pytest.raises(QuotaError, match=r"8 runs of ladders from your network address .* and 6 is the limit"):
            start(narrow, "bob", other, origin="net-1")  # an owner of their own: the cookie was left out
        start(narrow, "bob", other[:2], origin="net-1")
        start(narrow, "cy", other[2:], origin="net-2")
    assert len(store.history.list_runs()) == 8


def test_the_ladders_of_a_few_leave_their_neighbours_runs_alone(
    settings: Settings, store: Store, recipes: list[Recipe]
) -> None:
    with Store(replace(settings, limits=Limits(max_live_by_address=4))) as narrow:
        start(narrow, "ann", recipes, origin="net-1")
        begin(narrow)  # a run that is under way is one of the four that may be
        for pupil in ("bob", "cy", "dan"):
            narrow.queue.submit(recipes[0], owner=pupil, origin="net-1")
        with pytest.raises(QuotaError, match="4 runs from your network address") as refused:
            narrow.queue.submit(recipes[0], owner="eve", origin="net-1")
        assert refused.value.limit == 4


def test_ladders_take_half_of_the_queue_at_most(settings: Settings, store: Store, recipes: list[Recipe]) -> None:
    with Store(replace(settings, limits=Limits(max_queued_in_all=6))) as narrow:
        with pytest.raises(QuotaError, match="no room for 4 runs of one ladder") as refused:
            start(narrow, "ann", recipes)
        assert refused.value.limit == 3


def test_what_broke_is_tried_anew_also_where_an_earlier_try_was_deleted(store: Store, recipes: list[Recipe]) -> None:
    (recipe,) = recipes[:1]
    tries = []
    for _ in range(3):
        start(store, "ann", [recipe])
        tries.append(begin(store))
        assert store.transitions.fail(tries[-1].id, 1, "error", "it broke")
    assert store.history.delete(tries[0].id)
    (ladder,) = ladders.ladders(store)
    ladders.again(store, "ann", ladder, PICTURES, DEFAULT_THROUGHPUT, "pictures")
    assert store.history.count([State.QUEUED]) == 1


def test_the_runs_of_others_push_no_ladder_out_of_sight(
    store: Store, recipes: list[Recipe], clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladders, "_LOOKED_THROUGH", 4)
    name = start(store, "ann", recipes)
    clock.pass_(1)
    for owner in ("bob", "cy", "dan", "eve"):
        store.queue.submit(recipes[0], owner=owner, key="laddersmith")
    assert [(ladder.name, len(ladder.runs)) for ladder in ladders.ladders(store)] == [(name, 4)]


def drawn(store: Store, recipes: list[Recipe], data: str | None) -> tuple[str, int]:
    """Climb on the drawn set, whose pictures are these now: the ladder's name, and the number of all runs."""
    of = [one.replace(source="sample") for one in recipes]
    name = ladders.start(store, "ann", of, PICTURES, DEFAULT_THROUGHPUT, data)
    return name, len(store.history.list_runs())


def test_a_ladder_begun_before_its_set_is_drawn_is_the_same_afterwards(store: Store, recipes: list[Recipe]) -> None:
    name, _ = drawn(store, recipes, None)
    assert drawn(store, recipes, "as drawn") == (name, 4)
    run = begin(store)
    store.log.identify(run.id, 1, data="as drawn")
    assert drawn(store, recipes, "as drawn") == drawn(store, recipes, None) == (name, 4)


def test_a_drawn_set_that_somebody_changes_has_another_ladder(store: Store, recipes: list[Recipe]) -> None:
    name, _ = drawn(store, recipes, None)
    store.log.identify(begin(store).id, 1, data="as drawn")
    ladders.stop(store, None, ladders.ladders(store)[0])
    assert store.transitions.cancel(store.history.list_runs(states=["running"])[0].id, 1)
    other, n = drawn(store, recipes, "changed")
    assert other != name and n == 8
    assert drawn(store, recipes, "changed") == (other, 8)


def test_a_ladder_on_a_drawn_set_that_an_earlier_version_named_is_found(store: Store, recipes: list[Recipe]) -> None:
    of = [one.replace(source="sample") for one in recipes]
    old = ladders.name_of(of, "as drawn")
    for one in of:
        store.queue.submit(one, owner=ladders.climber(f"{one.seed}"), key=f"ladder:{old}:{one.identity()}:0")
    assert drawn(store, recipes, "as drawn") == (old, 4)
