"""From arguments to a concrete Recipe: preset, data, budget, changes, seed, in this order."""

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path

from sota_core.data.pictures.listing import Listing, list_pictures
from sota_core.data.sets import sources
from sota_core.errors import InputError
from sota_core.recipes import Recipe, Throughput, apply_settings, preset, scaled
from sota_core.recipes.draft import Pictures, fitted
from sota_core.recipes.fields import FIELDS
from sota_core.recipes.pretrained import NETS, missing
from sota_core.recipes.scaling import fit_batch, n_trained, require_fit
from sota_core.settings import Settings

# Everything fits on this machine: scaling for it only looks at the words.
_BOUNDLESS = Throughput(macs_per_s=math.inf, image_s=0.0)

Progress = Callable[[int, int | None, str], None]


def compose(
    args: argparse.Namespace, settings: Settings, throughput: Callable[[], Throughput], on_progress: Progress
) -> Recipe:
    """The recipe the arguments ask for. With a budget the data is fetched first: its size decides the scaling.

    Raises
        InputError  anything unknown or contradictory; nothing has been trained.
    """
    args.changes = [*_start(args.pretrained), *args.changes]
    recipe = preset(args.recipe)
    # bad words must be refused before a download or a measurement starts
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
    """What --pretrained stands for, as --set would say it."""
    if pretrained is None:
        return []
    net = NETS[pretrained]
    return [f"arch={net.arch}", f"width={net.width}", f"pretrained={pretrained}", "normalize=pretrained"]


def _with_batches_that_fit(asked: Recipe, changes: list[str]) -> Recipe:
    """Batches follow the set, which is said; one that was asked for by --set is not changed.

    Raises
        RecipeError  it is larger than the set, or the set is too small for any.
        InputError   the weights it starts from are not on this machine.
    """
    parts = _pictures_at_hand(asked.source).parts
    recipe = apply_settings(fit_batch(asked, **parts), changes)
    require_fit(recipe, **parts)
    if said := missing(recipe.pretrained, recipe.arch):
        raise InputError(f"pretrained: {said}")
    if recipe != asked:
        before, after = (", ".join(str(phase.bs) for phase in r.phases) for r in (asked, recipe))
        n = n_trained(recipe, **parts)
        print(f"{n} pictures to train on fill no batch of {before}: bs={after} is taken", file=sys.stderr)
    return recipe


def source_of(data: str, settings: Settings) -> str:
    """An id as it is; a class folder as an absolute path, so that a worker elsewhere on this machine finds it.

    Raises
        SourceError  neither; or a folder that is no data set: said here, before there is a run.
    """
    if data in sources.SOURCES:
        return data
    sources.resolve(data, settings)
    folder = Path(data).expanduser().absolute()
    list_pictures(folder)
    return str(folder)


def pictures_of(source: str, settings: Settings, on_progress: Progress) -> Pictures:
    """What a recipe must know of a data set, counted; it is fetched first where it is not here."""
    return _counted(source, list_pictures(sources.ensure(source, settings, on_progress)))


def _pictures_at_hand(source: str) -> Pictures:
    """The same without fetching: of a set of the table what the table says."""
    if (known := sources.SOURCES.get(source)) is not None:
        return Pictures(source, known.n_train, known.n_valid)
    return _counted(source, list_pictures(Path(source)))


def _counted(source: str, listing: Listing) -> Pictures:
    n_valid = None if listing.is_valid is None else int(listing.is_valid.sum())
    return Pictures.counted(source, len(listing) - (n_valid or 0), n_valid)
