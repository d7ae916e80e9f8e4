"""One next experiment that fits a finished run's result: what is changed, why, and the recipe to start."""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from sota_core import words
from sota_core.analysis.series import Series
from sota_core.analysis.verdict import is_overfit, last_rise
from sota_core.errors import RecipeError
from sota_core.language import tr
from sota_core.recipes import FIELDS, PHASE_FIELDS, PRESETS, TECHNIQUES, Phase, Recipe
from sota_core.recipes.traits import named

Cost = Callable[[Recipe], float]  # seconds of training
Make = Callable[[], Recipe | None]

MIXUP_PAYS = 8  # epochs from which mixup is suggested; in the texts 15 epochs gain by it and 5 lose
EQUAL = 1.02  # up to this many times the seconds count as the same training time
_CONTROLLED = tuple(name for name in TECHNIQUES if name != "normalize")
_LEARNED = 0.05  # accuracy gained from first to last epoch; with less there is nothing to refine yet


@dataclass(frozen=True, slots=True)
class NextStep:
    """`title` labels a button: what changes and what stays. `why` is a reason taken from this very result."""

    title: str
    why: str
    recipe: Recipe


def next_step(
    series: Series, recipe: Recipe, cost: Cost, has_run: Callable[[Recipe], bool] = lambda _: False
) -> NextStep | None:
    """The first suggestion that fits the result and has not been tried; the last resort is another seed.

    has_run  tells whether somebody has trained this recipe already
    returns  NextStep, or None for a run that did not complete its schedule, or if every suggestion has been tried
    """
    if len(series.epochs) < recipe.total_epochs:
        return None
    for title, why, make in _fitting(series, recipe, cost):
        made = _made(make)
        if made is not None and not has_run(made):
            return NextStep(title, why, made)
    return None


def _made(make: Make) -> Recipe | None:
    """The recipe that a suggestion makes; None where a knob would leave its bounds or contradict another.

    Caught here for all suggestions: one that cannot be made is left out, and the next one takes its place.
    """
    try:
        recipe = make()
    except RecipeError:
        return None
    return None if recipe is None else recipe.replace(preset=_preset(recipe))


def _fitting(series: Series, recipe: Recipe, cost: Cost) -> Iterator[tuple[str, str, Make]]:
    """Title, reason and maker of each suggestion that fits, best first."""
    last = series.epochs[-1]
    if last.train_loss is None or last.valid_loss is None:
        why = tr("Its loss stopped being a number: the steps were too long.")
        yield tr("A third of the learning rate, same seed"), why, partial(_slower, recipe)
        return
    longer = partial(_twice, recipe)
    if last.accuracy - series.epochs[0].accuracy < _LEARNED and last.accuracy < 0.5:
        why = tr(
            "It learned little: {accuracy} at the end. More steps are the simplest remedy.",
            accuracy=words.percent(last.accuracy),
        )
        yield tr("Twice the epochs, same seed"), why, longer
    yield from _controls(recipe)
    if is_overfit(last, recipe):
        yield from _against_overfitting(recipe)
    if last_rise(series) > 0:
        why = tr(
            "Accuracy was still rising when the schedule ended. Starting with small pictures leaves time "
            "for more epochs."
        )
        yield tr("Progressive resizing, same seed and training time"), why, partial(_progressive, recipe, cost)
        why = tr(
            "Accuracy was still rising when the schedule ended. A longer schedule shows whether more epochs reach more."
        )
        yield tr("Twice the epochs, same seed"), why, longer
    if recipe.normalize == "none":
        why = tr("The chapter's first step costs nothing; what it changes may be no more than chance.")
        yield tr("Normalization, same seed and training time"), why, partial(recipe.replace, normalize="imagenet")
    if len(recipe.phases) > 1:
        why = tr("To see what its sizes bought, compare it with a run at one size for as many seconds.")
        yield tr("One size all along, same seed and training time"), why, partial(_one_size, recipe, cost)
    accuracy = series.tta[0].accuracy if series.tta else last.accuracy
    why = tr(
        "How much of {accuracy} is luck? Another seed is the cheapest way to see.", accuracy=words.percent(accuracy)
    )
    for i in range(1, 100):
        seed = (recipe.seed + i) % int(FIELDS["seed"].high + 1)
        yield tr("Another seed, all else the same"), why, partial(recipe.replace, seed=seed)


def _controls(recipe: Recipe) -> Iterator[tuple[str, str, Make]]:
    """For each technique that is on, the run without it."""
    for name in _CONTROLLED:
        if getattr(recipe, name):
            what = named(name)
            why = tr(
                "To see what {technique} did to this result, compare it with the same run without.", technique=what
            )
            plain = partial(recipe.replace, **{name: FIELDS[name].default})
            yield tr("Without {technique}, same seed and training time", technique=what), why, plain


def _against_overfitting(recipe: Recipe) -> Iterator[tuple[str, str, Make]]:
    if recipe.total_epochs >= MIXUP_PAYS:
        yield (
            tr("Mixup, same seed and training time"),
            tr("The net knows its training pictures better than new ones; mixup blends them anew in every batch."),
            partial(recipe.replace, mixup_alpha=PRESETS["mixup"].mixup_alpha),  # with CutMix it cannot be made
        )
    yield (
        tr("Label smoothing, same seed and training time"),
        tr(
            "The net knows its training pictures better than new ones; smoothed targets ask for less certainty, "
            "and in few epochs mixup seldom pays."
        ),
        partial(recipe.replace, label_smoothing=PRESETS["label_smoothing"].label_smoothing),
    )


def _preset(recipe: Recipe) -> str:
    """The preset that names a changed recipe: the experiment it is most like; a name that is no preset is kept."""
    if recipe.preset not in PRESETS:
        return recipe.preset
    has_sizes = len({phase.size for phase in recipe.phases}) > 1
    if recipe.mixup_alpha and recipe.label_smoothing and has_sizes:
        return "all"
    if recipe.mixup_alpha or recipe.label_smoothing:
        return "mixup" if recipe.mixup_alpha else "label_smoothing"
    if has_sizes:
        return "progressive"
    return "normalize" if recipe.normalize != "none" else "baseline"


def _phases(recipe: Recipe, change: Callable[[Phase], Phase]) -> Recipe:
    return recipe.replace(phases=tuple(change(phase) for phase in recipe.phases))


def _slower(recipe: Recipe) -> Recipe:
    return _phases(recipe, lambda phase: dataclasses.replace(phase, lr=float(f"{phase.lr / 3:.2g}")))


def _twice(recipe: Recipe) -> Recipe:
    return _phases(recipe, lambda phase: dataclasses.replace(phase, n_epochs=2 * phase.n_epochs))


def _progressive(recipe: Recipe, cost: Cost) -> Recipe | None:
    """Small pictures, then a third of the present epochs at the present size; None unless more epochs fit the time."""
    (*_, phase), most = recipe.phases, EQUAL * cost(recipe)
    small = 8 * round(phase.size * 4 / 7 / 8)
    if len(recipe.phases) > 1 or small < 32:
        return None
    rest = max(1, phase.n_epochs // 3)
    tail = Phase(phase.size, phase.bs, rest, float(f"{phase.lr / 3:.2g}"), "fine_tune")
    best = None
    for n in range(phase.n_epochs - tail.total_epochs + 1, 4 * phase.n_epochs):
        try:
            longer = recipe.replace(phases=(dataclasses.replace(phase, size=small, n_epochs=max(1, n)), tail))
        except RecipeError:
            break
        if cost(longer) > most:
            break
        best = longer
    return best if best is not None and best.total_epochs > recipe.total_epochs else None


def _one_size(recipe: Recipe, cost: Cost) -> Recipe | None:
    """The last phase's size throughout, for as many epochs as fit the present training time; None if one phase cannot
    have so many.
    """
    last, time = recipe.phases[-1], cost(recipe)
    best = None
    for n in range(1, int(PHASE_FIELDS["n_epochs"].high) + 1):
        only = Phase(last.size, last.bs, n, recipe.phases[0].lr)
        shorter = recipe.replace(phases=(only,), resplit=False)
        if cost(shorter) > EQUAL * time:
            return best
        best = shorter
    return best if best is not None and EQUAL * cost(best) >= time else None
