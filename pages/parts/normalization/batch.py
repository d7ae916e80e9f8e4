"""The batch of the page on normalization: its pixels, the statistics chosen for it, and its pictures made visible."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages.shared.pictures.picker import listing_at
from pages.shared.session import cached
from pages.shared.session.caches import cache_data
from sota_core import words
from sota_core.data.loading.statistics import file_stats
from sota_core.data.pictures.drawing import Drawn, draw_pictures, part_of
from sota_core.data.pictures.listing import Listing
from sota_core.data.sample.sample import SAMPLE
from sota_core.data.sets import sources
from sota_core.figures.normalization.statistics import (
    IMAGENETTE,
    N_IMAGENETTE,
    Batch,
    batch_statistics,
    measure,
)
from sota_core.figures.pictures import contact_sheet, data_uri
from sota_core.functional.normalize import IMAGENET_MEAN, IMAGENET_STD, Stats
from sota_core.language import N_, tr, tr_n

SIZE = 96  # px: the statistics of 64 pictures differ in the third digit from those at 224
SHOWN = 8
MOST = 64  # pictures in the largest batch; a smaller one is its first pictures, in the order drawn
WHOLE = 2_000  # pictures read for a data set's statistics; their mean is then known to some 0.003
PAINTED = 300  # pictures drawn of the embedded set while it has no files, some 4 ms each


@dataclass(frozen=True, slots=True)
class Chosen:
    """The state of the controls. `typed` is (means, standard deviations) where kind is "typed"."""

    source: str
    kind: str
    typed: Stats | None
    bs: int
    seed: int
    how: str

    @property
    def views(self) -> np.ndarray:
        """(bs, 3, SIZE, SIZE) uint8."""
        return _views(self.source, MOST, self.seed)[: self.bs]

    @property
    def stats(self) -> Stats | None:
        """What is subtracted and divided by; None: nothing."""
        if self.kind == "typed":
            return self.typed
        if self.kind == "imagenet":
            return IMAGENET_MEAN, IMAGENET_STD
        if self.kind == "batch":
            return batch_of(self.source, self.bs, self.seed).stats
        return dataset_statistics(self.source) if self.kind == "dataset" else None


def drawn(source: str, n: int, seed: int, part: str, presize: int, among: tuple[str, ...] | None = None) -> Drawn:
    """Pictures of a set that is here; the embedded one needs no files."""
    return draw_pictures(listing(source) or SAMPLE, n, seed, part=part, presize=presize, among=among)


def listing(source: str) -> Listing | None:
    """The listing of a set that is here; None for the embedded set while it has no files."""
    path = sources.resolve(source, cached.settings())
    return None if path is None else listing_at(str(path))


@cache_data(max_entries=16, show_spinner=N_("Reading the pictures"), holds_words=False)
def _views(source: str, bs: int, seed: int) -> np.ndarray:
    return drawn(source, bs, seed, "train", SIZE).views(SIZE)


def dataset_statistics(source: str) -> Stats:
    """Statistics of the training pictures."""
    return IMAGENETTE if source.startswith("imagenette2") else _measured(source)[0]


def dataset_in_words(source: str) -> str:
    """A sentence on how many pictures `dataset_statistics` were measured on."""
    if source.startswith("imagenette2"):
        return tr("Statistics of all {n} training pictures, measured at 224 px.", n=words.count(N_IMAGENETTE))
    _, n, total = _measured(source)
    if (there := listing(source)) is not None and there.is_valid is None:  # a run would hold a fifth of them out
        if n == total:
            return tr_n("Statistics of all {n} picture.", "Statistics of all {n} pictures.", n)
        return tr("Statistics of {n} pictures of {total}, drawn at random.", n=words.count(n), total=words.count(total))
    if total is None:
        return tr_n("Statistics of {n} training picture.", "Statistics of {n} training pictures.", n)
    if n == total:
        return tr_n("Statistics of all {n} training picture.", "Statistics of all {n} training pictures.", n)
    return tr(
        "Statistics of {n} training pictures of {total}, drawn at random.", n=words.count(n), total=words.count(total)
    )


@cache_data(max_entries=16, show_spinner=N_("Measuring the data set"), holds_words=False)
def _measured(source: str) -> tuple[Stats, int, int | None]:
    """Statistics, how many pictures they are of, and how many the set has (None without files: any number is drawn)."""
    there = listing(source)
    if there is None:
        return batch_statistics(drawn("sample", PAINTED, 0, "train", SIZE).views(SIZE)), PAINTED, None
    items = part_of(there, "train")
    some = items if len(items) <= WHOLE else np.sort(np.random.default_rng(0).permutation(items)[:WHOLE])
    mean, std = file_stats(there, some, 128)
    return (tuple(mean), tuple(std)), len(some), len(items)


@st.cache_resource(max_entries=64, show_spinner=False)
def batch_of(source: str, bs: int, seed: int) -> Batch:
    """The statistics of a drawn batch: one object per batch, so that results made from it can be cached by it.

    Raises
        SourceError, InputError  the data set cannot be used.
    """
    return measure(_views(source, MOST, seed)[:bs])


@st.cache_data(max_entries=16, show_spinner=False)
def sheet(source: str, seed: int) -> tuple[str, int, int]:
    """The first pictures of the batch as they are: a data URI, its width and height. Every batch size has them."""
    made = contact_sheet(list(_views(source, MOST, seed)[:SHOWN].transpose(0, 2, 3, 1)), columns=4, side=SIZE)
    return data_uri(made), made.shape[1], made.shape[0]
