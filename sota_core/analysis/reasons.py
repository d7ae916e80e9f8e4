"""Why a run of ours and the printed table of the same experiment differ: only what applies to this very run."""

import math
from dataclasses import dataclass

import numpy as np

from sota_core import words
from sota_core.analysis.comparison import Compared, printed_recipe
from sota_core.data.sets.catalog import SOURCES, family
from sota_core.functional.smoothing import loss_floor, smooth_targets
from sota_core.language import plain, tr
from sota_core.published import N_CLASSES, WIDE_OUTPUTS, Experiment, experiments, three_seeds, two_runs
from sota_core.recipes import FIELDS, PUBLISHED_IDS, TECHNIQUES, Recipe
from sota_core.recipes.pretrained import NETS, NONE
from sota_core.recipes.traits import inside


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
    """The reasons that apply: other pictures, the split, the leak and the scaled recipe first, then smaller ones.

    The last two, another machine and chance, always apply.
    """
    recipe, printed = own.recipe, printed_recipe(of)
    found = [
        _pictures(recipe),
        _split(recipe),
        _leak(recipe, of),
        _scaled(recipe, printed),
        _turned(recipe, printed),
        _pretrained(recipe),
        _outputs(recipe, of),
        _one_group(recipe, of),
        _precision(own, of),
        _loader(own),
    ]
    last = Reason(
        tr("One run each"),
        tr(
            "The text prints one run without a seed, yours has seed {seed}. By chance, {two_runs}; another seed adds "
            "to it: {three_seeds}.",
            seed=recipe.seed,
            two_runs=two_runs(),
            three_seeds=three_seeds(),
        ),
    )
    return [reason for reason in found if reason] + [_hardware(own, of), last]


def _pictures(recipe: Recipe) -> Reason | None:
    if recipe.source == "imagenette2":
        return None
    if family(recipe.source) == "imagenette2":
        side = recipe.source.rpartition("-")[2]
        text = tr("The same pictures, saved at {side} px; the texts read the full size.", side=side)
        return Reason(tr("Smaller files"), text)
    return Reason(
        tr("Other pictures"),
        tr("The texts train on Imagenette, this run did not: compare the curves' shape, not their height."),
    )


def _split(recipe: Recipe) -> Reason:
    if recipe.split == "official":
        if family(recipe.source) == "imagenette2":
            text = tr(
                "The texts validate on a random fifth of all pictures, 2,678 of them, and train on the rest, "
                "10,716. Yours uses the data set's own split: 9,469 to train on and 3,925 to validate on."
            )
        else:
            text = tr(
                "The texts validate on a random fifth of all pictures, 2,678 of them, and train on the rest, "
                "10,716. Yours uses the data set's own split: it validates on other pictures, none of which it "
                "trains on."
            )
        return Reason(tr("Another validation set"), text)
    return Reason(
        tr("Another fifth"),
        tr(
            "Both validate on a random fifth, but the texts' draw has no seed and yours has {seed}: other pictures, "
            "some easier and some harder.",
            seed=recipe.split_seed,
        ),
    )


def _leak(recipe: Recipe, of: Experiment) -> Reason | None:
    if not of.leaks or recipe.resplit:
        return None
    return Reason(
        tr("The printed result leaks"),
        tr(
            "For its second size the text splits anew, so about four fifths of the pictures it then validates "
            "on had been trained on; its accuracy is too high. Yours keeps one split through all phases."
        ),
        resplit=True,
    )


def _scaled(recipe: Recipe, printed: Recipe) -> Reason | None:
    found = []
    if (recipe.arch, recipe.width) != (printed.arch, printed.width):
        found.append(
            tr(
                "{arch} of width {width} instead of {printed}",
                arch=recipe.arch,
                width=_value(recipe.width),
                printed=printed.arch,
            )
        )
    if recipe.subset < 1:
        found.append(tr("{share} of the training pictures", share=words.share(recipe.subset)))
    sizes = [tr(" then ").join(f"{p.size} px" for p in r.phases) for r in (recipe, printed)]
    if sizes[0] != sizes[1]:
        found.append(tr("{own} instead of {printed}", own=sizes[0], printed=sizes[1]))
    if recipe.total_epochs != printed.total_epochs:
        found.append(tr("{own} epochs instead of {printed}", own=recipe.total_epochs, printed=printed.total_epochs))
    batches = [", ".join(str(p.bs) for p in r.phases) for r in (recipe, printed)]
    if batches[0] != batches[1]:
        found.append(tr("batches of {own} instead of {printed}", own=batches[0], printed=batches[1]))
    if not found:
        return None
    own, theirs = _scale(recipe), _scale(printed)
    if any(a > b for a, b in zip(own, theirs, strict=True)):
        title = tr("An experiment of another size")
    else:
        title = tr("A smaller experiment") if own != theirs else tr("A different setup")
    return Reason(title, tr("Yours trains {differences}.", differences="; ".join(found)))


def _scale(recipe: Recipe) -> tuple[float, ...]:
    """What makes an experiment larger: the net's layers and width, the pictures' size and share, the epochs."""
    layers = int("".join(filter(str.isdigit, recipe.arch)))
    return layers, recipe.width, max(p.size for p in recipe.phases), recipe.subset, recipe.total_epochs


def _turned(recipe: Recipe, printed: Recipe) -> Reason | None:
    """The techniques and learning rates that differ from the printed experiment's."""
    found = [
        tr(
            "{knob} {own} instead of {printed}",
            knob=inside(FIELDS[name].label),
            own=_value(getattr(recipe, name)),
            printed=_value(getattr(printed, name)),
        )
        for name in TECHNIQUES
        if getattr(recipe, name) != getattr(printed, name)
    ]
    rates = [", ".join(_value(p.lr) for p in r.phases) for r in (recipe, printed)]
    if rates[0] != rates[1]:
        found.append(tr("rates {own} instead of {printed}", own=rates[0], printed=rates[1]))
    return Reason(tr("Other knobs"), tr("You have changed: {knobs}.", knobs="; ".join(found))) if found else None


def _pretrained(recipe: Recipe) -> Reason | None:
    if recipe.pretrained == NONE:
        return None
    net = NETS[recipe.pretrained]
    return Reason(
        tr("It does not begin at random"),
        tr(
            "The text trains from scratch; yours starts from the weights of {net} ({trained_on}), all but its "
            "last layer.",
            net=tr(net.title),
            trained_on=tr(net.trained_on),
        ),
    )


def _value(value: float | str) -> str:
    return value if isinstance(value, str) else plain(value)


def _outputs(recipe: Recipe, of: Experiment) -> Reason | None:
    if of.may_be_wide:
        return Reason(
            tr("Perhaps 1000 outputs"),
            tr(
                "Today the book's code gives the net one output per class, as yours has. Older versions of its "
                "notebook print the same figures with `xresnet50()`, which has {n} outputs: nobody can tell "
                "which net made them.",
                n=words.count(WIDE_OUTPUTS),
            ),
        )
    if of.n_outputs == N_CLASSES:
        return None
    text = tr(
        "In this experiment the notes' net keeps its {n} outputs for ten classes; yours has one per class. "
        "Theirs must first learn that the other outputs are never right: before any training its cross-entropy "
        "is about ln {n} = {theirs}, with ten outputs ln 10 = {ours}.",
        n=words.count(of.n_outputs),
        theirs=words.number(math.log(of.n_outputs), 1),
        ours=words.number(math.log(N_CLASSES), 1),
    )
    if recipe.label_smoothing and recipe.source in SOURCES:
        eps = recipe.label_smoothing
        ours, theirs = _floor(eps, N_CLASSES), _floor(eps, WIDE_OUTPUTS)
        text += " " + tr(
            "With smoothing the number of outputs moves the loss's floor too: at ε = {eps} it is {ours} with "
            "ten outputs and {theirs} with a thousand, so compare accuracies, not losses.",
            eps=words.number(eps, 2),
            ours=words.loss(ours),
            theirs=words.loss(theirs),
        )
    return Reason(tr("1000 outputs"), text)


def _floor(eps: float, n_outputs: int) -> float:
    return float(loss_floor(smooth_targets(np.array([0]), n_outputs, eps))[0])


def _one_group(recipe: Recipe, of: Experiment) -> Reason | None:
    if (
        recipe.pretrained != NONE
        or not any(p.method == "fine_tune" for p in recipe.phases)
        or not any("fine_tune" in p.method for p in of.phases)
    ):
        return None
    first = next(i for i, p in enumerate(of.phases) if "fine_tune" in p.method)
    before, after = of.phases[first - 1].rows[-1].accuracy, of.phases[first].rows[0].accuracy
    return Reason(
        tr("Nothing is frozen, in either"),
        tr(
            "Both nets have one parameter group, so fine_tune's “frozen” epoch trains everything, and there is "
            "no group of early layers to get its smaller rate. That epoch is a warm-up to the full rate; the "
            "printed accuracy goes from {before} to {after} in it.",
            before=words.percent(before),
            after=words.percent(after),
        ),
    )


def _precision(own: Compared, of: Experiment) -> Reason | None:
    if not own.precision or own.precision == of.precision:
        return None
    return Reason(
        tr("Precision"),
        tr(
            "Theirs computes in {printed}, yours in {own}. That changes the time more than the accuracy.",
            printed=of.precision,
            own=own.precision,
        ),
    )


def _loader(own: Compared) -> Reason | None:
    if (own.loader or own.recipe.loader) == "files":
        return None
    return Reason(
        tr("Resampling"),
        tr(
            "Yours decodes once and shrinks with an antialiased filter; fastai's own loader samples "
            "differently, some grey levels apart. loader = files removes that difference."
        ),
    )


def _hardware(own: Compared, of: Experiment) -> Reason:
    return Reason(
        tr("Another machine"),
        tr(
            "{printed} on the graphics card of the text's author, {own} on {device}: compare seconds within one "
            "machine only.",
            printed=words.clock(of.seconds),
            own=words.clock(own.seconds) if own.seconds else tr("its time"),
            device=words.markdown_safe(own.device) or tr("this machine"),
        ),
    )
