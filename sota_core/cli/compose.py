"""From arguments to a concrete Recipe: preset, data, budget, changes, seed, in this order."""

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from sota_core.data.pictures.listing import list_pictures
from sota_core.data.sets import sources
from sota_core.recipes import Recipe, Throughput, apply_settings, preset, scaled
from sota_core.recipes.draft import Pictures, fitted
from sota_core.recipes.fields import FIELDS
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
    return apply_settings(recipe, args.changes)


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
    listing = list_pictures(sources.ensure(source, settings, on_progress))
    n_valid = None if listing.is_valid is None else int(listing.is_valid.sum())
    return Pictures.counted(source, len(listing) - (n_valid or 0), n_valid)
