"""The experiment suggested after a run: it fits the run's numbers, changes one thing, and has not been tried."""

import dataclasses

import pytest

from sota_core.analysis.next_step import EQUAL, next_step
from sota_core.analysis.series import EpochRow, Series
from sota_core.errors import RecipeError
from sota_core.recipes import DEFAULT_THROUGHPUT, PRESETS, Phase, Recipe, estimate_s

SIX = PRESETS["baseline"].replace(source="sample", phases=(Phase(size=64, bs=32, n_epochs=6),), seed=7)
NORMAL = SIX.replace(normalize="imagenet", preset="normalize")


def cost(recipe: Recipe) -> float:
    return estimate_s(recipe, DEFAULT_THROUGHPUT, n_train=1500, n_valid=500)


def told(*accuracies: float, train: float | None = 1.0, valid: float | None = 1.05, n: int = 1000) -> Series:
    """A run whose epochs had these accuracies on n pictures, each with the same two losses."""
    rows = (EpochRow(0, "main", i, train, valid, a, 10.0, n_valid=n) for i, a in enumerate(accuracies))
    return dataclasses.replace(Series(), epochs=tuple(rows))


FLAT = (0.5, 0.7, 0.8, 0.81, 0.81, 0.81)
RISING = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
LONG = (*FLAT, 0.81, 0.81, 0.81)


def suggested(series: Series, recipe: Recipe, *tried: Recipe):
    step = next_step(series, recipe, cost, lambda r: r.identity() in {t.identity() for t in tried})
    assert step is not None
    return step


def changed(before: Recipe, after: Recipe) -> set[str]:
    names = (f.name for f in dataclasses.fields(Recipe))
    return {name for name in names if name != "preset" and getattr(before, name) != getattr(after, name)}


@pytest.mark.parametrize(
    ("series", "recipe", "title", "what", "preset"),
    [
        (told(*FLAT, train=None), NORMAL, "A third of the learning rate", {"phases"}, "normalize"),
        (told(0.1, 0.1, 0.11, 0.11, 0.12, 0.12), NORMAL, "Twice the epochs", {"phases"}, "normalize"),
        (told(*FLAT), NORMAL.replace(mixup_alpha=0.4, preset="mixup"), "Without mixup", {"mixup_alpha"}, "normalize"),
        (told(*FLAT), NORMAL.replace(cutmix_alpha=1.0), "Without CutMix", {"cutmix_alpha"}, "normalize"),
        (told(*FLAT), NORMAL.replace(label_smoothing=0.1), "Without label smoothing", {"label_smoothing"}, "normalize"),
        (told(*FLAT), NORMAL.replace(label_noise=0.2), "Without label noise", {"label_noise"}, "normalize"),
        (told(*FLAT, valid=1.3), NORMAL, "Label smoothing", {"label_smoothing"}, "label_smoothing"),
        (
            told(*LONG, valid=1.3),
            NORMAL.replace(phases=(Phase(size=64, n_epochs=9),)),
            "Mixup",
            {"mixup_alpha"},
            "mixup",
        ),
        (told(*RISING), NORMAL, "Progressive resizing", {"phases"}, "progressive"),
        (
            told(*RISING),
            NORMAL.replace(phases=(Phase(size=48, n_epochs=6),)),
            "Twice the epochs",
            {"phases"},
            "normalize",
        ),
        (told(*FLAT), SIX, "Normalization", {"normalize"}, "normalize"),
        (told(*FLAT), NORMAL, "Another seed", {"seed"}, "normalize"),
    ],
)
def test_each_result_has_its_step_and_one_thing_changes(
    series: Series, recipe: Recipe, title: str, what: set[str], preset: str
) -> None:
    step = suggested(series, recipe)
    assert step.title.startswith(title) and changed(recipe, step.recipe) == what and step.recipe.preset == preset


def test_the_same_seconds_are_the_same_seconds_and_buy_more_epochs() -> None:
    step = suggested(told(*RISING), NORMAL)
    assert "same seed and training time" in step.title and cost(step.recipe) <= EQUAL * cost(NORMAL)
    assert step.recipe.total_epochs > NORMAL.total_epochs
    assert [p.method for p in step.recipe.phases] == ["fit_one_cycle", "fine_tune"]
    assert step.recipe.phases[0].size < step.recipe.phases[1].size == 64


def test_two_sizes_are_compared_with_one_for_as_long() -> None:
    two = NORMAL.replace(preset="progressive", phases=(Phase(40, 32, 4), Phase(64, 32, 1, 1e-3, "fine_tune")))
    step = suggested(told(*FLAT), two)
    assert step.title == "One size all along, same seed and training time" and step.recipe.preset == "normalize"
    (only,) = step.recipe.phases
    longer = step.recipe.replace(phases=(dataclasses.replace(only, n_epochs=only.n_epochs + 1),))
    assert only.size == 64 and cost(step.recipe) <= EQUAL * cost(two) < cost(longer)


def test_what_has_been_tried_is_not_suggested_again() -> None:
    run = NORMAL.replace(mixup_alpha=0.4, preset="mixup")
    first = suggested(told(*FLAT), run)
    second = suggested(told(*FLAT), run, first.recipe)
    assert first.recipe == NORMAL and second.recipe == run.replace(seed=8)
    assert suggested(told(*FLAT), run, first.recipe, second.recipe).recipe.seed == 9


def test_losses_that_cannot_be_compared_are_no_sign_of_overfitting() -> None:
    run = NORMAL.replace(label_noise=0.2)
    tried = run.replace(label_noise=0.0)
    assert suggested(told(*FLAT, valid=2.0), run, tried).title.startswith("Another seed")


def test_mixup_is_never_put_onto_cutmix() -> None:
    run = NORMAL.replace(cutmix_alpha=1.0, phases=(Phase(size=64, n_epochs=9),))
    step = suggested(told(*LONG, valid=1.3), run, run.replace(cutmix_alpha=0.0))
    assert not (step.recipe.mixup_alpha and step.recipe.cutmix_alpha)


def test_a_recipe_of_ones_own_keeps_its_name() -> None:
    assert suggested(told(*FLAT), NORMAL.replace(preset="custom")).recipe.preset == "custom"


def test_without_a_whole_schedule_there_is_nothing_to_build_on() -> None:
    assert next_step(told(*FLAT[:3]), NORMAL, cost) is None and next_step(Series(), NORMAL, cost) is None


def test_the_reason_names_the_result() -> None:
    assert "81.0\u00a0%" in suggested(told(*FLAT), NORMAL).why
    assert "still rising" in suggested(told(*RISING), NORMAL).why


@pytest.mark.parametrize(("n_epochs", "fits"), [(40, 81), (50, 100), (60, None)])
def test_one_size_all_along_is_suggested_only_where_one_phase_may_last_as_long(n_epochs: int, fits: int | None) -> None:
    two = NORMAL.replace(preset="progressive", phases=(Phase(64, 32, n_epochs), Phase(64, 32, n_epochs, 1e-3)))
    step = suggested(told(*FLAT, *[0.81] * 114), two)
    assert step.title.startswith("One size all along" if fits else "Another seed")
    assert fits is None or [phase.n_epochs for phase in step.recipe.phases] == [fits]


@pytest.mark.parametrize("lr", [1e-6, 1.0])
@pytest.mark.parametrize("n_epochs", [1, 6, 99, 100])
@pytest.mark.parametrize("accuracies", [FLAT, RISING, (0.1, 0.1, 0.11)], ids=["flat", "rising", "learned little"])
def test_at_the_bounds_of_every_knob_there_is_still_a_step(lr, n_epochs, accuracies) -> None:
    for phases in ((Phase(64, 32, n_epochs, lr),), (Phase(16, 32, n_epochs, lr), Phase(512, 32, n_epochs, lr))):
        run = NORMAL.replace(phases=phases, seed=2**31 - 1)
        assert next_step(told(*[accuracies[0]] * 200, *accuracies), run, cost) is not None


def test_a_run_that_diverged_at_the_least_rate_has_no_step() -> None:
    run = NORMAL.replace(phases=(Phase(64, 32, 6, 1e-6),))
    assert next_step(told(*FLAT, train=None), run, cost) is None


def test_a_suggestion_whose_cost_cannot_be_told_leaves_the_others() -> None:
    def by_epochs(recipe: Recipe) -> float:
        if recipe.total_epochs > 6:
            raise RecipeError("n_epochs: too many", field="n_epochs")
        return cost(recipe)

    step = next_step(told(*RISING), NORMAL, by_epochs)
    assert step is not None and step.title == "Twice the epochs, same seed"
