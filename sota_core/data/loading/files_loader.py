"""The chapter's own loader: fastai's DataBlock, decoding every picture in every epoch (loader=files).

Pictures are decoded as fastai does: not turned by EXIF, transparent pixels in their hidden colour, 16 bits cut off at
white.
"""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from fastai.data.block import CategoryBlock, DataBlock
from fastai.data.core import DataLoaders, TfmdDL
from fastai.data.load import DataLoader, _FakeLoader
from fastai.data.transforms import Normalize, Transform
from fastai.vision.core import PILImage
from fastai.vision.data import ImageBlock
from PIL import Image

from sota_core.data.loading.fastai_vision import Resize, aug_transforms
from sota_core.data.pictures.bad_pictures import BadPictures, in_words, no_longer_read
from sota_core.data.pictures.decoding import undecodable
from sota_core.data.pictures.listing import Listing
from sota_core.data.pictures.names import shown
from sota_core.data.pictures.view import Presized, corner_view_boxes, presized
from sota_core.later import restored, stored
from sota_core.recipes import Phase, Recipe
from sota_core.system.processes import usable_cores

_MOST_WORKERS = 16  # fastai's own default, where there are the cores (data/core.py: TfmdDL)
_SEP = "\0"
_CHECK_SIDE = 32  # JPEG then decodes at an eighth: every byte is read, little is computed


class _Forked(_FakeLoader):
    @property
    def multiprocessing_context(self) -> Any:
        return multiprocessing.get_context("fork") if self.num_workers else None


class _ForkingDL(TfmdDL):
    """fastai's loader, its workers always forked: a process that a fork server started would ask that server for them,
    and fastai's pipelines cannot be pickled. (On macOS fastai starts no workers at all.)"""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fake_l.__class__ = _Forked  # fastai makes it, and lets nobody choose its class

    def __iter__(self) -> Iterator[Any]:
        """Batches.

        Raises
            BadPicturesError  a picture that could be read when the run began cannot be any more.
        """
        with _told():
            yield from super().__iter__()


class _Unopened(Exception):
    """A picture that cannot be opened during a run. _told reads its text from the traceback that torch makes."""


@contextmanager
def _told() -> Iterator[None]:
    """Turn _Unopened into words: in batches, and where fastai opens a picture only to see what it is given."""
    try:
        yield
    except _Unopened as bad:
        # a worker's error comes with its traceback, whose last line says the error's class and text
        root, name, why = str(bad).strip().rpartition("_Unopened: ")[2].split(_SEP, 2)
        raise no_longer_read(shown(name), restored(why), Path(root, name)) from bad


def _opener(root: Path) -> Any:
    """What ImageBlock asks to `create` a picture: as fastai does; an error names it by its place below the root."""

    def create(fn: Path) -> PILImage:  # a function: fastcore takes no object's method
        with undecodable(
            lambda why: _Unopened(_SEP.join((str(root), fn.relative_to(root).as_posix(), stored(in_words(why)))))
        ):
            return PILImage.create(fn)

    return SimpleNamespace(create=create)


class _PathOf:
    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = paths

    def __call__(self, i: int) -> Path:
        return self.paths[i]


class _ClassOf:
    def __init__(self, labels: np.ndarray, classes: tuple[str, ...]) -> None:
        self.labels, self.classes = labels, classes

    def __call__(self, i: int) -> str:
        return self.classes[int(self.labels[i])]


class _Parts:
    """fastai's splitter: positions in the list of items, the training part first."""

    def __init__(self, n_train: int) -> None:
        self.n_train = n_train

    def __call__(self, items: Sequence[int]) -> tuple[list[int], list[int]]:
        return list(range(self.n_train)), list(range(self.n_train, len(items)))


def chapter_dls(
    listing: Listing,
    labels: np.ndarray,
    train: np.ndarray,
    valid: np.ndarray,
    recipe: Recipe,
    phase: Phase,
    normalize: Normalize | None,
    device: torch.device,
) -> DataLoaders:
    """What the chapter's get_dls(bs, size) makes, on our split and labels.

    Raises
        BadPicturesError  as a loader's batches do.
    """
    images = ImageBlock(_opener(listing.root))
    block = DataBlock(
        blocks=[images, CategoryBlock(vocab=list(listing.classes), sort=False)],
        dl_type=_ForkingDL,  # pyright: ignore[reportArgumentType]  likewise
        get_x=_PathOf(listing.paths),
        get_y=_ClassOf(labels, listing.classes),
        splitter=_Parts(len(train)),
        item_tfms=[Resize(recipe.presize, method=recipe.resize)],
        batch_tfms=[*aug_transforms(size=phase.size, min_scale=0.75), *([normalize] if normalize else [])],
    )
    items = [*train.tolist(), *valid.tolist()]
    with _told():
        return block.dataloaders(items, bs=phase.bs, num_workers=n_workers(), device=device)


def chapter_test_dl(dls: DataLoaders, items: np.ndarray) -> DataLoader:
    """A loader over other items under the validation transforms; its dataset can be put under the training ones."""
    with _told():
        return dls.test_dl(items.tolist(), rm_type_tfms=0, with_labels=True)


class _CutCorner(Transform):
    """Cut a picture to one of its view.corner_view_boxes. Runs before Resize, whose order is 1."""

    order = 0

    def __init__(self, which: int) -> None:
        super().__init__()
        self.which = which

    def encodes(self, img: PILImage):  # fastcore gives back what came in: a PILImage
        x1, y1, x2, y2 = map(int, corner_view_boxes(img.height, img.width)[self.which])
        return img.crop((x1, y1, x2, y2))


def chapter_corner_dl(dls: DataLoaders, items: np.ndarray, which: int) -> DataLoader:
    """`chapter_test_dl`, with each picture cut to its centre (0) or one of its corners (1 to 4) first."""
    dl = chapter_test_dl(dls, items)
    return dl.new(after_item=[_CutCorner(which), *dl.after_item.fs])


def n_workers() -> int:
    """Loader processes this process may and should start: none inside a daemonic one, which may not have children."""
    if multiprocessing.current_process().daemon or "fork" not in multiprocessing.get_all_start_methods():
        return 0
    return min(_MOST_WORKERS, usable_cores())


def open_as_fastai(path: Path, presize: int) -> Presized:
    """What `PILImage.create` makes of a file, presized: Pillow's bare `convert("RGB")`.

    Raises
        anything  for bytes that are no picture: see decoding.undecodable.
    """
    with Image.open(path) as image:
        image.draft("RGB", (2 * presize, 2 * presize))
        # by way of RGBA the same pixels come out, without Pillow's warning about palettes
        rgba = image.convert("RGBA") if image.mode == "P" and "transparency" in image.info else image
        return presized(rgba.convert("RGB"), presize)


def unreadable(listing: Listing) -> BadPictures:
    """Decode every picture once, as small as possible, and note those that cannot be. Blocking, seconds.

    Raises
        BadPicturesError  more than 1 % of them.
    """

    bad = BadPictures(listing)

    def check(i: int) -> None:
        with bad.noted(i):
            open_as_fastai(listing.paths[i], _CHECK_SIDE)

    with ThreadPoolExecutor(max(2, n_workers())) as pool:
        list(pool.map(check, range(len(listing))))
    bad.check()
    return bad


def shorter_sides(listing: Listing, items: np.ndarray) -> np.ndarray:
    """The shorter side of each of a few pictures, from their headers, without those that cannot be opened. (≤ m,)"""
    sides = []
    for i in items.tolist():
        with undecodable(), Image.open(listing.paths[i]) as image:
            sides.append(min(image.size))
    return np.array(sides)
