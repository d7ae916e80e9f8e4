"""Why a run of ours and the printed table of the same experiment differ: only what applies to this very run."""

import math
from dataclasses import dataclass

import numpy as np

from sota_core import words
from sota_core.analysis.comparison import Compared, printed_recipe
from sota_core.data.sets.catalog import SOURCES
from sota_core.functional.smoothing import loss_floor, smooth_targets
from sota_core.published import N_CLASSES, WIDE_OUTPUTS, Experiment, experiments, three_seeds, two_runs
from sota_core.recipes import FIELDS, PUBLISHED_IDS, TECHNIQUES, Recipe


@dataclass(frozen=True, slots=True)
class Reason:
    """`resplit`: running the recipe again with `resplit` takes this reason away."""

    title: str
    text: str
    resplit: bool = False


def table_of(recipe: Recipe) -> Experiment | None:
    """The printed table of the same experiment; None for a recipe of one's own."""
    known = PUBLISHED_IDS.get(recipe.preset)
    return experiments()[known] if known else None


def reasons(own: Compared, of: Experiment) -> list[Reason]:
    """Largest first: other pictures, the split, the leak, the scaled recipe, then what costs tenths."""
    recipe, printed = own.recipe, printed_recipe(of)
    found = [
        _pictures(recipe),
        _split(recipe),
        _leak(recipe, of),
        _scaled(recipe, printed),
        _turned(recipe, printed),
        _outputs(recipe, of),
        _one_group(recipe, of),
        _precision(own, of),
        _loader(recipe),
    ]
    last = Reason(
        "One run each",
        f"The text prints one run without a seed, yours has seed {recipe.seed}. By chance, {two_runs()}; another seed "
        f"adds to it: {three_seeds()}.",
    )
    return [reason for reason in found if reason] + [_hardware(own, of), last]


def _pictures(recipe: Recipe) -> Reason | None:
    if recipe.source == "imagenette2":
        return None
    if recipe.source.startswith("imagenette2-"):
        side = recipe.source.rpartition("-")[2]
        return Reason("Smaller files", f"The same pictures, saved at {side} px; the texts read the full size.")
    return Reason(
        "Other pictures",
        "The texts train on Imagenette, this run did not: compare the curves' shape, not their height.",
    )


def _split(recipe: Recipe) -> Reason:
    if recipe.split == "official":
        return Reason(
            "Another validation set",
            "The texts validate on a random fifth of all pictures, 2,678 of them, and train on the rest, 10,716. "
            "Yours uses the data set’s own split: "
            + (
                "9,469 to train on and 3,925 to answer."
                if recipe.source.startswith("imagenette2")
                else "other pictures to answer, none of which it may train on."
            ),
        )
    return Reason(
        "Another fifth",
        f"Both validate on a random fifth, but the texts’ draw has no seed and yours has {recipe.split_seed}: other "
        "pictures, some easier and some harder.",
    )


def _leak(recipe: Recipe, of: Experiment) -> Reason | None:
    if not of.leaks or recipe.resplit:
        return None
    return Reason(
        "The print leaks",
        "For its second size the text splits anew, so about four fifths of the pictures it then validates on had been "
        "trained on; its accuracy stands too high. Yours keeps one split through all phases.",
        resplit=True,
    )


def _scaled(recipe: Recipe, printed: Recipe) -> Reason | None:
    found = []
    if (recipe.arch, recipe.width) != (printed.arch, printed.width):
        found.append(f"{recipe.arch} of width {recipe.width:g} instead of {printed.arch}")
    if recipe.subset < 1:
        found.append(f"{words.percent(recipe.subset, 0)} of the training pictures")
    sizes = [" then ".join(f"{p.size} px" for p in r.phases) for r in (recipe, printed)]
    if sizes[0] != sizes[1]:
        found.append(f"{sizes[0]} instead of {sizes[1]}")
    if recipe.total_epochs != printed.total_epochs:
        found.append(f"{recipe.total_epochs} epochs instead of {printed.total_epochs}")
    batches = [", ".join(str(p.bs) for p in r.phases) for r in (recipe, printed)]
    if batches[0] != batches[1]:
        found.append(f"batches of {batches[0]} instead of {batches[1]}")
    if not found:
        return None
    return Reason("A smaller experiment", f"Yours trains {'; '.join(found)}.")


def _turned(recipe: Recipe, printed: Recipe) -> Reason | None:
    """Techniques and rates that are not the experiment's."""
    found = [
        f"{_inside(FIELDS[name].label)} {_value(getattr(recipe, name))} instead of {_value(getattr(printed, name))}"
        for name in TECHNIQUES
        if getattr(recipe, name) != getattr(printed, name)
    ]
    rates = [", ".join(f"{p.lr:g}" for p in r.phases) for r in (recipe, printed)]
    if rates[0] != rates[1]:
        found.append(f"rates {rates[0]} instead of {rates[1]}")
    return Reason("Other knobs", f"You have turned: {'; '.join(found)}.") if found else None


def _inside(label: str) -> str:
    """A knob's label inside a sentence.

    >>> _inside("Label noise"), _inside("CutMix α")
    ('label noise', 'CutMix α')
    """
    return label[0].lower() + label[1:] if label.split()[0].istitle() else label


def _value(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _outputs(recipe: Recipe, of: Experiment) -> Reason | None:
    if of.n_outputs == N_CLASSES:
        return None
    text = (
        f"In this experiment the notes leave the net its {words.count(of.n_outputs)} outputs for ten classes; yours "
        "has as many as there are classes. Theirs must first learn that the others never answer: before any training "
        f"its cross-entropy is about ln {words.count(of.n_outputs)} = {math.log(of.n_outputs):.1f}, with ten outputs "
        f"ln 10 = {math.log(N_CLASSES):.1f}."
    )
    if recipe.label_smoothing and recipe.source in SOURCES:
        eps = recipe.label_smoothing
        ours, theirs = _floor(eps, N_CLASSES), _floor(eps, WIDE_OUTPUTS)
        text += (
            f" With smoothing it moves the loss’s floor too: at ε = {eps:.2f} {words.loss(ours)} with ten outputs "
            f"and {words.loss(theirs)} with a thousand, so compare accuracies, not losses."
        )
    return Reason("1000 outputs", text)


def _floor(eps: float, n_outputs: int) -> float:
    return float(loss_floor(smooth_targets(np.array([0]), n_outputs, eps))[0])


def _one_group(recipe: Recipe, of: Experiment) -> Reason | None:
    if not any(p.method == "fine_tune" for p in recipe.phases) or not any("fine_tune" in p.method for p in of.phases):
        return None
    first = next(i for i, p in enumerate(of.phases) if "fine_tune" in p.method)
    before, after = of.phases[first - 1].rows[-1].accuracy, of.phases[first].rows[0].accuracy
    return Reason(
        "Nothing is frozen, in either",
        "Both nets have one parameter group, so fine_tune’s “frozen” epoch trains everything and its smaller rate for "
        "early layers has nobody to go to. That epoch is a warm-up to the full rate; the printed accuracy goes from "
        f"{words.percent(before)} to {words.percent(after)} in it.",
    )


def _precision(own: Compared, of: Experiment) -> Reason | None:
    if not own.precision or own.precision == of.precision:
        return None
    return Reason(
        "Precision",
        f"Theirs computes in {of.precision}, yours in {own.precision}. That changes the time more than the accuracy.",
    )


def _loader(recipe: Recipe) -> Reason | None:
    if recipe.loader == "files":
        return None
    return Reason(
        "Resampling",
        "Yours decodes once and shrinks with an antialiased filter; fastai’s own loader samples otherwise, some grey "
        "levels apart. loader = files takes that difference away.",
    )


def _hardware(own: Compared, of: Experiment) -> Reason:
    mine = words.clock(own.seconds) if own.seconds else "its time"
    return Reason(
        "Another machine",
        f"{words.clock(of.seconds)} on the graphics card of the text’s author, {mine} on "
        f"{words.markdown_safe(own.device) or 'this machine'}: compare seconds within one machine only.",
    )
