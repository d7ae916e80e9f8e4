"""A ladder some of whose runs were deleted still says which runs it was to have, and can be completed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sota_core.recipes import DEFAULT_THROUGHPUT, Phase, Recipe
from sota_core.recipes.draft import Pictures
from sota_core.recipes.ladder import EPOCHS, SECONDS, planned, rung_of
from sota_core.runs import ladders
from sota_core.runs.ladder_plan import plan_of
from sota_core.runs.ladders import Queued
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from tests.runs.builders import of_another_version
from tests.runs.told import small_recipe

PICTURES = Pictures("sample", 1500, 500)
Left = Callable[[Callable[[Recipe], bool], str], Queued]


def recipes(equal: str = EPOCHS) -> list[Recipe]:
    base = small_recipe(source="sample", phases=(Phase(size=96, bs=16, n_epochs=16),))
    return planned(base, PICTURES, [4, 5, 6], DEFAULT_THROUGHPUT, equal=equal)


@pytest.fixture
def left(store: Store) -> Left:
    """left(is_gone, equal): a ladder of 15 runs that was stopped, without the runs whose recipes are gone."""

    def left(is_gone: Callable[[Recipe], bool], equal: str = EPOCHS) -> Queued:
        ladders.start(store, "ann", recipes(equal), PICTURES, DEFAULT_THROUGHPUT, "pictures")
        (whole,) = ladders.ladders(store)
        ladders.stop(store, "ann", whole)
        assert all(store.history.delete(run.id) for run in whole.runs if is_gone(run.recipe))
        (some,) = ladders.ladders(store)
        return some

    return left


@pytest.mark.parametrize(
    ("is_gone", "equal", "n"),
    [
        (lambda recipe: False, EPOCHS, 0),
        (lambda recipe: recipe.seed == 5 and rung_of(recipe) == "mixup", SECONDS, 1),
        (lambda recipe: recipe.seed == 4, SECONDS, 5),  # the clearing takes those that have ended first
        (lambda recipe: recipe.seed != 6, SECONDS, 10),
        (lambda recipe: rung_of(recipe) == "mixup", EPOCHS, 3),
        (lambda recipe: rung_of(recipe) != "normalize" or recipe.seed != 5, EPOCHS, 14),
    ],
    ids=["none", "one run", "a seed", "all seeds but one", "a rung", "all runs but one"],
)
def test_what_was_deleted_is_known(left: Left, is_gone: Callable[[Recipe], bool], equal: str, n: int) -> None:
    there = left(is_gone, equal)
    plan = plan_of(there)
    assert sorted(recipe.identity() for recipe in plan.recipes) == sorted(r.identity() for r in recipes(equal))
    assert (len(plan.missing(there)), plan.n_gone(there), plan.n_lost) == (n, n, 0)


def test_it_is_known_too_where_an_earlier_version_s_code_has_trained_all_that_is_left(left: Left) -> None:
    """The ladder's name holds the code of whoever submitted it."""
    there = left(lambda recipe: recipe.seed == 4, EPOCHS)
    trained = replace(there, runs=tuple(replace(run, code="earlier code") for run in there.runs))
    plan = plan_of(trained)
    assert len(plan.missing(trained)) == 5 and trained.why_not_again("pictures")


def test_a_rung_that_cannot_be_known_is_counted(left: Left) -> None:
    """At equal seconds, its epochs depend on how fast the machine was."""
    there = left(
        lambda recipe: rung_of(recipe) == "mixup" or (rung_of(recipe), recipe.seed) == ("baseline", 4), SECONDS
    )
    plan = plan_of(there)
    assert [(rung_of(one), one.seed) for one in plan.missing(there)] == [("baseline", 4)]
    assert (plan.n_lost, plan.n_gone(there)) == (3, 4)


def test_a_ladder_of_no_known_rungs_has_lost_none(store: Store) -> None:
    for seed in (1, 2):
        recipe = small_recipe(seed=seed, label_smoothing=0.1)
        store.queue.submit(recipe, owner=ladders.climber("ann"), key=f"ladder:tower:{recipe.identity()}:0")
    (there,) = ladders.ladders(store)
    assert plan_of(there).n_gone(there) == 0


def test_of_another_version_s_runs_only_what_can_be_read_is_known(left: Left, store: Store) -> None:
    there = left(lambda recipe: False)
    of_another_version(store, there.runs[0].id)
    (there,) = ladders.ladders(store)
    assert len(plan_of(there).recipes) == 14 and plan_of(there).n_gone(there) == 0


def test_what_was_deleted_is_trained_with_what_broke(left: Left, store: Store) -> None:
    there = left(lambda recipe: recipe.seed == 5 and rung_of(recipe) == "mixup")
    missing = plan_of(there).missing(there)
    ladders.again(store, "bob", there, PICTURES, DEFAULT_THROUGHPUT, "pictures", missing=missing)
    (again,) = ladders.ladders(store)
    assert store.history.count([State.QUEUED]) == 15 and plan_of(again).n_gone(again) == 0
