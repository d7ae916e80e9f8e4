"""The ladder changes one thing on each rung, at equal epochs or equal cost, and a recipe tells which rung it is."""

import itertools

import pytest

from sota_core.errors import RecipeError
from sota_core.recipes import FIELDS, PRESETS, TECHNIQUES, Phase, Recipe, differences
from sota_core.recipes.ladder import EPOCHS, MAX_SEEDS, RUNGS, SECONDS, TRAINED, footing, ladder, rung_of

BASE = Recipe(phases=(Phase(size=64, bs=32, n_epochs=5),))


def cost(recipe: Recipe) -> float:
    return sum(p.total_epochs * p.size**2 for p in recipe.phases)


def test_five_recipes_a_seed_and_the_first_seed_comes_whole():
    recipes = ladder(BASE, [3, 4])
    assert [r.seed for r in recipes] == [3] * 5 + [4] * 5
    assert [rung_of(r) for r in recipes] == [*TRAINED, *TRAINED]


def test_each_rung_changes_one_thing_and_keeps_those_below():
    rungs = ladder(BASE, [1])
    turned = [{n.split(".")[0] for n in differences(b, a)} for a, b in itertools.pairwise(rungs)]
    assert turned == [{"normalize"}, {"phases"}, {"mixup_alpha"}, {"label_smoothing"}]
    assert len({footing(r) for r in rungs}) == 1


@pytest.mark.parametrize("n_epochs", range(3, 40))
def test_equal_epochs_are_equal_with_the_warm_up_counted(n_epochs):
    rungs = ladder(BASE.replace(phases=(Phase(size=64, n_epochs=n_epochs),)), [1], equal=EPOCHS)
    assert {r.total_epochs for r in rungs} == {n_epochs}


def test_ten_epochs_are_shared_as_the_chapter_shares_them():
    grown = ladder(BASE.replace(phases=(Phase(size=224, n_epochs=10),)), [1])[2]
    assert [(p.size, p.n_epochs, p.method) for p in grown.phases] == [
        (p.size, p.n_epochs, p.method) for p in PRESETS["progressive"].phases
    ]


def test_equal_seconds_spend_what_the_baseline_costs_and_no_more():
    rungs = ladder(BASE, [1], equal=SECONDS, cost=cost)
    assert rungs[2].total_epochs > BASE.total_epochs
    one_more = (64 * 4 / 7) ** 2  # the cost of the cheapest possible epoch
    assert cost(rungs[0]) - 64**2 - one_more < cost(rungs[2]) <= cost(rungs[0])
    assert {cost(r) for r in rungs[2:]} == {cost(rungs[2])}


def test_tta_reads_the_runs_below_it_and_trains_nothing():
    tta = next(rung for rung in RUNGS if rung.name == "tta")
    assert tta.trains == "progressive" and tta.with_tta
    assert [rung.with_tta for rung in RUNGS] == [False, False, False, True, True, True]
    assert all(r.tta_n > 0 for r in ladder(BASE.replace(tta_n=0), [1]))


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(cutmix_alpha=1.0),
        Recipe(label_noise=0.1),
        Recipe(mixup_alpha=0.4),
        Recipe(normalize="imagenet", label_smoothing=0.1),
        Recipe(phases=(Phase(size=64), Phase(size=32)), normalize="imagenet"),
        Recipe(phases=(Phase(size=32), Phase(size=64)), normalize="imagenet", split="random20", resplit=True),
    ],
)
def test_what_leaves_a_rung_out_is_no_rung(recipe):
    assert rung_of(recipe) is None


def turned_on(name: str) -> Recipe:
    field = FIELDS[name]
    return BASE.replace(**{name: field.choices[1] if field.kind == "choice" else field.high / 2})


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_technique_alone_is_its_own_rung_or_none_and_never_the_plain_one(name):
    assert rung_of(turned_on(name)) == ("normalize" if name == "normalize" else None)


@pytest.mark.parametrize("name", TECHNIQUES)
def test_no_technique_of_the_recipe_stands_on_the_first_rung(name):
    assert ladder(turned_on(name), [1]) == ladder(BASE, [1])


def test_another_net_or_other_pictures_are_another_footing():
    assert footing(BASE) == footing(BASE.replace(seed=7, normalize="batch", mixup_alpha=0.2))
    for changed in (BASE.replace(width=0.5), BASE.replace(split_seed=1), BASE.replace(subset=0.5)):
        assert footing(changed) != footing(BASE)


@pytest.mark.parametrize(
    ("seeds", "base", "options", "says"),
    [
        ([], BASE, {}, "different seeds"),
        ([1, 1], BASE, {}, "different seeds"),
        (range(MAX_SEEDS + 1), BASE, {}, "different seeds"),
        ([1], BASE.replace(phases=(Phase(size=64, n_epochs=2),)), {}, "at least 3 epochs"),
        (
            [1],
            BASE.replace(phases=(Phase(n_epochs=50), Phase(n_epochs=51))),
            {},
            "100 at most, got 101 .* choose fewer",
        ),
        ([1], BASE.replace(phases=(Phase(size=32, n_epochs=5),)), {}, "too small"),
        ([1], BASE, {"equal": "pictures"}, "equal must be"),
        ([1], BASE, {"equal": SECONDS}, "equal must be"),
    ],
)
def test_what_cannot_be_climbed_is_said(seeds, base, options, says):
    with pytest.raises(RecipeError, match=says):
        ladder(base, list(seeds), **options)
