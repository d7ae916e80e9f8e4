"""How far apart two groups lie: one value for each seed, on the pictures that were counted, of like with like."""

import dataclasses
import random

import pytest

from sota_core.analysis.comparison import PUBLISHED, Compared, groups
from sota_core.analysis.delta import OTHER_PICTURES, OTHER_TASK, PICTURES, SEEDS, Delta, delta, leaderboard
from sota_core.analysis.noise import chance_apart
from sota_core.published import LEADERBOARD, LEADERBOARD_BY
from sota_core.recipes import Phase, Recipe
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


@pytest.mark.parametrize("n_seeds", [2, 3, 5])
def test_one_run_against_several_seeds_is_taken_for_more_than_noise_one_time_in_twenty(n_seeds: int) -> None:
    """Of runs that differ by their seeds alone. Counting pictures took 35 to 42 % of them for more than noise."""
    rng, n_trials, n_false = random.Random(0), 1000, 0
    for _ in range(n_trials):
        *seeds, alone = (round(2678 * rng.gauss(0.8, 0.03)) / 2678 for _ in range(n_seeds + 1))
        base = [of(f"a{seed}", BASE, accuracy, seed, n=2678) for seed, accuracy in enumerate(seeds)]
        n_false += not apart(*base, of("b", OTHER, alone, 99, n=2678)).is_noise
    assert 0.02 <= n_false / n_trials <= 0.07


def test_seeds_that_agree_by_chance_narrow_no_band_below_that_of_counting() -> None:
    twice = [of("a", BASE, 0.7, 1), of("b", BASE, 0.7, 2)]
    for others in ([of("c", OTHER, 0.71, 1)], [of("c", OTHER, 0.71, 1), of("d", OTHER, 0.71, 2)]):
        found = apart(*twice, *others)
        assert found.by == PICTURES and found.is_noise
        assert found.band == pytest.approx(chance_apart(0.7, 0.71, 500))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_pictures_are_those_of_the_runs_that_count(order: tuple[int, int]) -> None:
    both = [of("a", BASE, 0.6, 1, state="cancelled", n=200), of("b", BASE, 0.8, 2, n=3925)]
    found = apart(*(both[i] for i in order), of("c", OTHER, 0.78, n=3925))
    assert found.band == pytest.approx(chance_apart(0.78, 0.8, 3925))


def test_a_folder_that_changed_between_two_runs_gives_no_verdict() -> None:
    """The same name, but other files in it: one run answers other pictures than the other."""
    before, after = of("a", BASE, 0.7, data="d1"), of("b", OTHER, 0.9, data="d2")
    assert apart(before, after) == Delta(0.2, by=OTHER_PICTURES)
    for unknown in (dataclasses.replace(before, data=None), dataclasses.replace(before, data="d2")):
        assert apart(unknown, after).by == PICTURES
    again = of("c", BASE, 0.72, 1, data="d1")  # the first of the group need not be the one whose pictures are known
    base, group = groups([dataclasses.replace(before, data=None), again, after])
    assert delta(group, base) == Delta(pytest.approx(0.19), by=OTHER_PICTURES)


@pytest.mark.parametrize("here", ["imagenette2", "imagenette2-160"])
def test_one_set_saved_in_two_sizes_is_one_task_with_the_same_pictures(here: str) -> None:
    """Their files differ, and so do the fingerprints of their folders."""
    one, other = (BASE.replace(source=source) for source in (here, "imagenette2-320"))
    assert apart(of("a", one, 0.7, data="d1"), of("b", other, 0.9, data="d2")).by == PICTURES
    woof = BASE.replace(source="imagewoof2-160")
    assert apart(of("a", one, 0.7), of("b", woof, 0.9)).by == OTHER_TASK
    mine = [of(id, BASE.replace(source=f"/srv/{id}-160"), 0.7) for id in ("a", "a-b")]
    assert apart(*mine).by == OTHER_TASK


MEETS = Recipe(phases=(Phase(size=128, n_epochs=5),), source="imagenette2-160")


def of_all(recipe: Recipe, **changes) -> float | None:
    return leaderboard(dataclasses.replace(item("a", recipe, (0.85,)), **{"n": 3925, **changes}))


def test_a_run_that_meets_the_conditions_has_the_leaderboard_s_line() -> None:
    assert of_all(MEETS) == 0.8743
    twice = MEETS.replace(phases=(Phase(size=128, n_epochs=10), Phase(size=128, n_epochs=9, method="fine_tune")))
    assert of_all(twice) == 0.9157  # 20 epochs: fine_tune adds one
    assert of_all(MEETS.replace(phases=(Phase(size=256, n_epochs=80),), source="imagenette2-320")) == 0.9490
    assert of_all(MEETS.replace(mixup_alpha=0.4, arch="xresnet18", width=0.5)) == 0.8743  # the rules leave the net free


@pytest.mark.parametrize(
    ("recipe", "changes"),
    [
        (MEETS.replace(split="random20"), {}),
        (MEETS.replace(subset=0.5), {}),
        (MEETS.replace(label_noise=0.05), {}),
        (MEETS.replace(pretrained="imagenet", arch="resnet18"), {}),  # the rules ask for random weights
        (MEETS.replace(source="sample"), {}),
        (MEETS.replace(source="imagewoof2-160"), {}),
        (MEETS.replace(phases=(Phase(size=192, n_epochs=5),)), {}),  # larger than the files' 160 px
        (MEETS.replace(phases=(Phase(size=224, n_epochs=5),), source="imagenette2"), {}),
        (MEETS.replace(phases=(Phase(size=128, n_epochs=6),)), {}),
        (MEETS.replace(phases=(Phase(size=96, n_epochs=2), Phase(size=128, n_epochs=3))), {}),
        (MEETS, {"n": 1000}),
        (MEETS, {"state": "cancelled"}),
        (MEETS, {"kind": PUBLISHED}),
    ],
    ids=lambda value: "",
)
def test_any_other_run_has_none(recipe: Recipe, changes: dict) -> None:
    assert of_all(recipe, **changes) is None


def test_every_line_says_by_what() -> None:
    assert {tuple(row) for row in LEADERBOARD.values()} == {tuple(LEADERBOARD_BY)}
    for row in LEADERBOARD.values():
        assert list(row.values()) == sorted(row.values()) and 0.86 < min(row.values()) < max(row.values()) < 0.96
