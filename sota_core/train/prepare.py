"""From a recipe to pictures ready for training: fetch, list, split, noise, cache, loaders. Imports torch."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sota_core.data.loading.cache import PictureCache, build_cache
from sota_core.data.loading.loaders import Split, get_dls, readable, readable_split, split_items
from sota_core.data.pictures.listing import Listing, list_pictures
from sota_core.data.pictures.notes import sentence
from sota_core.data.sets import sources
from sota_core.errors import DiskFullError
from sota_core.language import N_
from sota_core.later import Later, later, told_by
from sota_core.recipes import Recipe
from sota_core.settings import Settings
from sota_core.train import device as devices
from sota_core.train import events
from sota_core.train.events import Emit
from sota_core.train.labels import add_label_noise


class Stopped(Exception):
    """Asked to stop while data was being prepared; nothing has been trained."""


@dataclass(slots=True)
class Data:
    """The pictures of a run and what is known of them.

    labels  (n,) int64 of the whole listing, with the wrong ones that label noise makes
    parts   the split of each phase, without the pictures that cannot be read. With `resplit` they may differ in size: a
            picture that is left out falls into another part each time
    """

    listing: Listing
    labels: np.ndarray
    parts: list[Split]
    cache: PictureCache | None
    device: torch.device
    precision: str

    @property
    def loader(self) -> str:
        """The loader in use: `files` also where the disk had no room for the cache."""
        return "files" if self.cache is None else "cache"


def prepare(recipe: Recipe, settings: Settings, emit: Emit, should_stop: Callable[[], bool]) -> Data:
    """Get a run's pictures ready. Blocking, up to minutes on a first call; reports through `emit`.

    Raises
        Stopped     `should_stop` became true.
        InputError  a phase's batch is larger than its training part.
        and what run_recipe raises for pictures and disks.
    """
    device = devices.choose_device(recipe.device)
    precision, note = devices.choose_precision(recipe.precision, device)
    for said in (note, devices.unused_card(device) if recipe.device == "auto" else None):
        if said:
            emit(events.log(said))
    report = _progress(emit, should_stop)
    root = sources.ensure(
        recipe.source, settings, lambda done, total, word: report("data", word, done, total), helps=True
    )
    listing = list_pictures(root)
    passed_over = sources.own.said_of(recipe.source, settings)  # said when the set was made
    for said in (*passed_over, *map(sentence, listing.notes), *split_words(listing, recipe)):
        emit(events.log(said, stage="data"))
    # the same for all phases unless the recipe asks for the printed leak (`resplit`)
    splits = [split_items(listing, recipe, index) for index in range(len(recipe.phases))]
    labels = listing.labels
    if recipe.label_noise:
        rng = np.random.default_rng(recipe.seed)
        # with a new split in each phase any picture may be trained on: each gets one label for the whole run, and
        # `make_dls` restores the right ones of the pictures held out
        noisy = np.arange(len(listing)) if recipe.resplit else splits[0].train
        labels = add_label_noise(labels, noisy, listing.n_classes, recipe.label_noise, rng)
    cache = None  # stays None for loader=files
    if recipe.loader == "cache":
        try:
            cache = build_cache(
                listing,
                recipe.presize,
                settings.cache_dir,
                lambda done, total: report("cache", N_("Decoding the pictures once"), done, total),
            )
        except DiskFullError as full:
            said = later(
                "No room for the cache of decoded pictures; fastai decodes the files instead. {why}", why=told_by(full)
            )
            emit(events.log(said))
    is_readable = readable(listing, cache, lambda said: emit(events.log(said, stage="data")))
    parts = [readable_split(listing, s, is_readable, p.bs) for s, p in zip(splits, recipe.phases, strict=True)]
    return Data(listing, labels, parts, cache, device, precision)


def split_words(listing: Listing, recipe: Recipe) -> list[Later]:
    """Sentences on how pictures are split, where that is not the split that the folder itself has."""
    if listing.is_valid is None:
        return [later("The folder has no validation part: a random fifth of its pictures is held out.")]
    if recipe.split == "official":
        return []
    said = later(
        "{train}/ and {valid}/ are pooled and a random fifth of all {n} pictures is held out (split=random20).",
        train=listing.layout.train,
        valid=listing.layout.valid or "",
        n=str(len(listing)),
    )
    return [said]


def _progress(emit: Emit, should_stop: Callable[[], bool]) -> Callable[[str, str, int, int | None], None]:
    """A reporter for long preparations: it emits at most four events a second, and raises Stopped if asked to stop."""
    last = float("-inf")

    def report(stage: str, message: str, done: int, total: int | None) -> None:
        nonlocal last
        if should_stop():
            raise Stopped
        now = time.monotonic()
        if now - last >= 0.25 or done == total:
            last = now
            emit(events.log(message, stage=stage, done=done, total=total))

    return report


def make_dls(recipe: Recipe, data: Data, index: int, emit: Emit) -> Any:
    """The loaders of one phase. Validation pictures have their right labels in every phase."""
    split, labels = data.parts[index], data.labels.copy()
    labels[split.valid] = data.listing.labels[split.valid]
    recipe = recipe.replace(loader=data.loader)
    return get_dls(
        data.listing,
        labels,
        split,
        recipe,
        recipe.phases[index],
        device=data.device,
        cache=data.cache,
        on_log=lambda message: emit(events.log(message, stage="data")),
    )
