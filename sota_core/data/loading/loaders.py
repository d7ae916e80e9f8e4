"""From a listing and a recipe to fastai's DataLoaders, by either of two loaders. Only workers import this.

`cache`: picture_dl.py on decoded pictures. `files`: files_loader.py, as the chapter does it. Both give batches of
TensorImage (B, 3, size, size) and TensorCategory (B,), Normalize in `after_batch`.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from fastai.data.core import DataLoaders
from fastai.data.transforms import Normalize
from fastai.vision.core import imagenet_stats

from sota_core.data.loading.cache import PictureCache
from sota_core.data.loading.fastai_device import keep_fastai_on
from sota_core.data.loading.files_loader import (
    chapter_corner_dl,
    chapter_dls,
    chapter_test_dl,
    open_as_fastai,
    shorter_sides,
    unreadable,
)
from sota_core.data.loading.picture_dl import PictureDL, PictureSet
from sota_core.data.loading.resident import Pictures
from sota_core.data.loading.statistics import cache_stats, file_stats
from sota_core.data.pictures.bad_pictures import skipped_in_words, some_of, unread_in_words
from sota_core.data.pictures.listing import Listing
from sota_core.data.pictures.view import N_CORNER_VIEWS
from sota_core.errors import BadPicturesError, InputError
from sota_core.functional.normalize import Stats
from sota_core.later import later
from sota_core.recipes import Phase, Recipe
from sota_core.recipes.pretrained import stats_of

Log = Callable[[str], None]


class Split(NamedTuple):
    """Indices into the listing. quick ⊂ valid: what is validated during training; valid: all of it, at the end."""

    train: np.ndarray
    valid: np.ndarray
    quick: np.ndarray


def split_items(listing: Listing, recipe: Recipe, phase_index: int = 0) -> Split:
    """The recipe's split. Leaves the global generators alone; the same recipe gives the same split.

    official: the folder's own, or, where it has none, random20. random20: the fifth that fastai's
    `RandomSplitter(.2, seed=split_seed)` draws; with `resplit` another one in every phase. `subset` and
    `valid_limit` are drawn from `split_seed` too, after the split.

    Raises
        InputError  the training or the validation part would be empty.
    """
    seed = recipe.split_seed + (phase_index if recipe.resplit else 0)
    if recipe.split == "official" and listing.is_valid is not None:
        train, valid = np.flatnonzero(~listing.is_valid), np.flatnonzero(listing.is_valid)
    else:
        order = torch.randperm(len(listing), generator=torch.Generator().manual_seed(seed)).numpy()
        train, valid = np.split(order[::-1], [len(listing) - int(0.2 * len(listing))])
        train, valid = train[::-1], valid[::-1]
    rng = np.random.default_rng(recipe.split_seed)
    if recipe.subset < 1:
        train = np.sort(rng.permutation(train)[: round(recipe.subset * len(train))])
    if not len(train) or not len(valid):
        raise InputError(
            f"split_items: {len(listing)} pictures leave {len(train)} to train and {len(valid)} to validate on; "
            "use more pictures or a larger subset"
        )
    limit = recipe.valid_limit or len(valid)
    quick = valid if limit >= len(valid) else np.sort(rng.permutation(valid)[:limit])
    return Split(train, valid, quick)


def readable_split(listing: Listing, split: Split, is_readable: np.ndarray, bs: int) -> Split:
    """The split without the pictures that cannot be read.

    Shapes
        is_readable  (n,)  bool, what `readable` has said of the listing

    Raises
        InputError        the batch is larger than the training part (fastai would train on nothing, silently).
        BadPicturesError  no picture is left to validate on during training.
    """
    left = Split(*(part[is_readable[part]] for part in split))
    if bs > len(left.train):
        raise InputError(
            later(
                "bs: {bs} pictures a batch need at least as many to train on, got {n}; choose bs ≤ {n} or a larger "
                "subset",
                bs=str(bs),
                n=str(len(left.train)),
            )
        )
    if not len(left.quick):
        raise BadPicturesError(
            later(
                "pictures: at least one of the {n} to validate on must be readable, got none: {some}; repair or "
                "replace them",
                n=str(len(split.quick)),
                some=some_of([listing.name(i) for i in split.quick.tolist()]),
            ),
            paths=[listing.paths[i] for i in split.quick.tolist()],
        )
    return left


def get_dls(
    listing: Listing,
    labels: np.ndarray,
    split: Split,
    recipe: Recipe,
    phase: Phase,
    *,
    device: torch.device,
    cache: PictureCache | None,
    on_log: Log | None = None,
) -> DataLoaders:
    """Training and validation (split.quick) loaders of one phase, by `recipe.loader`.

    Order and augmentation come from the global generators, as in fastai: seed them for a repeatable run. The
    training loader drops its last, incomplete batch.

    Shapes
        labels  (n,)  int64, of the whole listing; the training part may be noisy
        split   of pictures that can be read, as `readable_split` gives it

    Raises
        InputError  loader=cache without a cache.
    """
    keep_fastai_on(device)
    log = on_log or (lambda message: None)
    use_cache = recipe.loader == "cache"
    if use_cache and cache is None:
        raise InputError("get_dls: loader=cache needs a cache, got None; build one or use loader=files")
    _warn_if_small(listing, cache if use_cache else None, split.train, recipe, phase, log)
    if use_cache:
        assert cache is not None
        normalize = _normalize(recipe, lambda: cache_stats(cache, split.train))
        pictures = _pictures(cache, device, recipe.resize)
        if pictures.streamed_because:
            log(pictures.streamed_because)
        return _cached_dls(listing, labels, split, recipe, phase, normalize, pictures)
    normalize = _normalize(recipe, lambda: file_stats(listing, split.train, recipe.presize, open_as_fastai))
    return chapter_dls(listing, labels, split.train, split.quick, recipe, phase, normalize, device)


def full_valid_dl(dls: DataLoaders, split: Split) -> Any:
    """A loader over split.valid, for `get_preds(dl=…)` and `tta(dl=…)`; in order."""
    if isinstance(dls.valid, PictureDL):
        return dls.valid.new(dataset=dls.valid.dataset.over(split.valid))
    return chapter_test_dl(dls, split.valid)


def corner_dls(dls: DataLoaders, items: np.ndarray) -> Iterator[Any]:
    """Five loaders over these pictures: the centre of each, then its corners (view.corner_view_boxes); in order.

    items  (m,) int64, of the listing; all of them readable
    """
    for which in range(N_CORNER_VIEWS):
        if isinstance(dls.valid, PictureDL):
            yield dls.valid.new(dataset=dls.valid.dataset.over(items, corner=which))
        else:
            yield chapter_corner_dl(dls, items, which)


def _cached_dls(
    listing: Listing,
    labels: np.ndarray,
    split: Split,
    recipe: Recipe,
    phase: Phase,
    normalize: Normalize | None,
    pictures: Pictures,
) -> DataLoaders:
    def of(items: np.ndarray, split_idx: int) -> PictureSet:
        return PictureSet(
            pictures,
            items,
            labels,
            listing.classes,
            size=phase.size,
            resize=recipe.resize,
            split_idx=split_idx,
            reduces=split_idx == 0,
        )

    after_batch, device = [normalize] if normalize else [], pictures.device
    first = PictureDL(
        of(split.train, 0), bs=phase.bs, shuffle=True, drop_last=True, after_batch=after_batch, device=device
    )
    # without gradients twice the batch fits; the result does not depend on it
    second = first.new(dataset=of(split.quick, 1), bs=2 * phase.bs, shuffle=False, drop_last=False)
    return DataLoaders(first, second, device=device)


@lru_cache(maxsize=1)  # phases and the last validation share one copy on the GPU
def _pictures(cache: PictureCache, device: torch.device, resize: str) -> Pictures:
    return Pictures(cache, device, resize=resize)


def forget_pictures() -> None:
    """Let go of the copy on a GPU: it is freed as soon as no loader holds it."""
    _pictures.cache_clear()


def _normalize(recipe: Recipe, of_dataset: Callable[[], Stats]) -> Normalize | None:
    """fastai's Normalize; `batch` leaves it empty, and fastai takes one training batch's statistics."""
    match recipe.normalize:
        case "none":
            return None
        case "batch":
            return Normalize()
        case "pretrained":
            stats = stats_of(recipe.pretrained)
        case "imagenet":
            stats = imagenet_stats
        case _:
            stats = of_dataset()
    return Normalize.from_stats(*stats, cuda=False)


def readable(listing: Listing, cache: PictureCache | None, log: Log) -> np.ndarray:
    """(n,) bool: which pictures can be read and decoded; those that cannot are named in the log.

    Without a cache every file is decoded. Blocking, seconds.

    Raises
        BadPicturesError  without a cache: more than 1 % cannot be decoded.
    """
    if cache is not None:
        is_readable, unread = cache.is_decoded, cache.unread
    else:
        bad = unreadable(listing)
        is_readable, unread = np.ones(len(listing), bool), bad.unread
        is_readable[list(bad.indices)] = False
    if broken := [i for i in np.flatnonzero(~is_readable).tolist() if i not in unread]:
        log(skipped_in_words(listing, broken))
    if unread:
        log(unread_in_words(listing, unread))
    return is_readable


def _warn_if_small(
    listing: Listing, cache: PictureCache | None, train: np.ndarray, recipe: Recipe, phase: Phase, log: Log
) -> None:
    some = train[:: max(1, len(train) // 200)]
    sides = shorter_sides(listing, some) if cache is None else np.minimum(cache.heights, cache.widths)[some]
    if not len(sides):
        return
    side = min(int(np.median(sides)), recipe.presize)
    if phase.size > side:
        log(
            later(
                "size {size} px is larger than the pictures ({side} px, presize {presize} px): they are "
                "enlarged, which costs time and adds no detail.",
                size=str(phase.size),
                side=str(side),
                presize=str(recipe.presize),
            )
        )
