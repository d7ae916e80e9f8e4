"""From arguments to a concrete Recipe: preset, seed, data, budget, changes, in this order."""

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path

from sota_core.data import Progress
from sota_core.data.pictures.listing import Listing, list_pictures
from sota_core.data.sets import sources
from sota_core.errors import InputError
from sota_core.paths import expanded
from sota_core.recipes import Recipe, Throughput, apply_settings, preset, scaled
from sota_core.recipes.draft import Pictures, fitted
from sota_core.recipes.fields import FIELDS
from sota_core.recipes.pretrained import NETS, missing
from sota_core.recipes.scaling import fit_batch, n_trained, require_fit
from sota_core.settings import Settings

# A machine on which everything fits: scaling a recipe for it only checks the arguments.
_BOUNDLESS = Throughput(macs_per_s=math.inf, image_s=0.0)


def compose(
    args: argparse.Namespace, settings: Settings, throughput: Callable[[], Throughput], on_progress: Progress
) -> Recipe:
    """The recipe the arguments ask for. With a budget the data is fetched first: its size decides the scaling.

    Raises
        InputError  anything unknown or contradictory; nothing has been trained.
    """
    args.changes = [*_start(args.pretrained), *args.changes]
    recipe = preset(args.recipe)
    # bad arguments must be refused before a download or a measurement starts
    apply_settings(recipe, args.changes)
    if args.budget is not None:
        scaled(recipe, args.budget, _BOUNDLESS)
    if args.seed is not None:
        recipe = recipe.replace(seed=FIELDS["seed"].check(args.seed))
    recipe = recipe.replace(source=source_of(args.data, settings))
    if args.budget is not None:
        recipe = fitted(recipe, pictures_of(recipe.source, settings, on_progress), args.budget, throughput())
    return _with_batches_that_fit(apply_settings(recipe, args.changes), args.changes)


def _start(pretrained: str | None) -> list[str]:
    """What --pretrained stands for, as arguments of --set."""
    if pretrained is None:
        return []
    net = NETS[pretrained]
    return [f"arch={net.arch}", f"width={net.width}", f"pretrained={pretrained}", "normalize=pretrained"]


def _with_batches_that_fit(asked: Recipe, changes: list[str]) -> Recipe:
    """Make batches smaller that the set cannot fill, and say so; a batch size given by --set is not changed.

    Raises
        RecipeError  that batch size is larger than the set, or the set is too small for any.
        InputError   the weights that the recipe starts from are not on this machine.
    """
    parts = _pictures_at_hand(asked.source).parts
    recipe = apply_settings(fit_batch(asked, **parts), changes)
    require_fit(recipe, **parts)
    if said := missing(recipe.pretrained, recipe.arch):
        raise InputError(f"pretrained: {said}")
    if recipe != asked:
        before, after = (", ".join(str(phase.bs) for phase in r.phases) for r in (asked, recipe))
        n = n_trained(recipe, **parts)
        print(f"{n} training pictures do not fill a batch of {before}; bs={after} is used", file=sys.stderr)
    return recipe


def source_of(data: str, settings: Settings) -> str:
    """A data set's id as it is; a class folder as an absolute path, so that a worker started elsewhere finds it too.

    Raises
        SourceError  `data` is neither, or the folder is no data set. Raised here, before there is a run.
    """
    if data in sources.SOURCES:
        return data
    sources.resolve(data, settings)
    folder = expanded(data).absolute()
    list_pictures(folder)
    return str(folder)


def pictures_of(source: str, settings: Settings, on_progress: Progress) -> Pictures:
    """The counts of a data set's pictures that fitting a recipe needs; the set is fetched first if it is not here."""
    return _counted(source, list_pictures(sources.ensure(source, settings, on_progress)))


def _pictures_at_hand(source: str) -> Pictures:
    """The same without fetching: for a set of SOURCES, the counts that stand there."""
    if (known := sources.SOURCES.get(source)) is not None:
        return Pictures(source, known.n_train, known.n_valid)
    return _counted(source, list_pictures(Path(source)))


def _counted(source: str, listing: Listing) -> Pictures:
    n_valid = None if listing.is_valid is None else int(listing.is_valid.sum())
    return Pictures.counted(source, len(listing) - (n_valid or 0), n_valid)
