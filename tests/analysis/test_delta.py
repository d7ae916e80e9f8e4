"""How far apart two groups lie: one value for each seed, on the pictures that were counted, of like with like."""

import dataclasses

import pytest

from sota_core.analysis.comparison import Compared, groups
from sota_core.analysis.delta import PICTURES, SEEDS, Delta, delta
from sota_core.analysis.noise import chance_apart
from sota_core.recipes import Recipe
from tests.analysis.compared_items import BASE, item

OTHER = BASE.replace(normalize="imagenet")


def of(id: str, recipe: Recipe, accuracy: float, seed: int = 42, **changes) -> Compared:
    return dataclasses.replace(item(id, recipe.replace(seed=seed), (accuracy,)), **changes)


def apart(*items: Compared) -> Delta:
    """The second group's distance from the first."""
    base, group = groups(items)
    found = delta(group, base)
    assert found is not None
    return found


def test_a_seed_run_twice_is_no_second_seed() -> None:
    """A class in which two train the baseline and two normalization, all with the seed they were given."""
    found = apart(of("a", BASE, 0.7), of("b", BASE, 0.7), of("c", OTHER, 0.704), of("d", OTHER, 0.704))
    assert found.by == PICTURES and found.is_noise
    assert found.band == pytest.approx(chance_apart(0.704, 0.7, 500))
    with_seeds = apart(*(of(f"{r.normalize}{s}{i}", r, 0.7 + s / 100, s) for r in (BASE, OTHER) for s in (1, 2)
                         for i in (1, 2)))  # fmt: skip
    assert with_seeds.by == SEEDS
    assert with_seeds == apart(*(of(f"{r.normalize}{s}", r, 0.7 + s / 100, s) for r in (BASE, OTHER) for s in (1, 2)))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_pictures_are_those_of_the_runs_that_count(order: tuple[int, int]) -> None:
    both = [of("a", BASE, 0.6, 1, state="cancelled", n=200), of("b", BASE, 0.8, 2, n=3925)]
    found = apart(*(both[i] for i in order), of("c", OTHER, 0.78, n=3925))
    assert found.band == pytest.approx(chance_apart(0.78, 0.8, 3925))
