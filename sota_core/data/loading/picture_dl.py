"""fastai's data loader on decoded pictures: a whole batch at once, everything but Normalize made here.

`Learner`, `MixUp`, `tta`, `get_preds` and `show_batch` use it as they use fastai's own.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import fastai.vision.data  # noqa: F401  registers show_batch for pictures
import numpy as np
import torch
from fastai.data.core import TfmdDL
from fastai.data.transforms import Category
from fastai.losses import CrossEntropyLossFlat
from fastai.torch_core import TensorCategory, TensorImage

from sota_core.data.loading import augment
from sota_core.data.loading.reduced import reduced
from sota_core.data.loading.resident import Pictures, to_device


class PictureSet:
    """Some of a cache's pictures and their labels, seen at one size; it has what fastai expects of a `Datasets`.

    items      (m,) int64, indices into the cache and the listing
    labels     (n,) int64 of the whole listing
    split_idx  0: training transforms, 1: the plain view
    reduces    it is trained on for epochs: pictures on a GPU are reduced once to the side they are sampled from
    corner     which of view.corner_view_boxes is shown in place of the plain view; None: none
    """

    n_inp = 1
    loss_func = CrossEntropyLossFlat()

    def __init__(
        self,
        pictures: Pictures,
        items: np.ndarray,
        labels: np.ndarray,
        vocab: Sequence[str],
        *,
        size: int,
        resize: str,
        split_idx: int,
        reduces: bool = False,
        corner: int | None = None,
    ) -> None:
        self.pictures, self.items, self.vocab = pictures, items, list(vocab)
        self.size, self.resize, self.split_idx = size, resize, split_idx
        self.labels, self.reduces, self.corner = labels, reduces, corner
        self.side = augment.working_side(size, min(pictures.cache.presize, pictures.largest_side))

    @cached_property
    def training_source(self) -> Pictures:
        """What the training views are cut from: the pictures, or reduced copies of them."""
        made = reduced(self.pictures, self.items, self.side, self.resize) if self.reduces else None
        return made or self.pictures

    @property
    def c(self) -> int:
        return len(self.vocab)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, i: int) -> tuple[Any, Any]:
        if not 0 <= i < len(self):
            raise IndexError(i)
        x, y = self.batch(Plan(self, [i], None), 0, 1)
        return x[0], y[0]

    def batch(self, plan: "Plan", start: int, stop: int) -> tuple[TensorImage, TensorCategory]:
        """The pictures from start to stop of a pass, in [0, 1].

        Shapes
            returns  (B, 3, size, size) float on the pictures' device, (B,) int64 there
        """
        part = slice(start, stop)
        y = TensorCategory(plan.targets[part])
        rows = None if plan.rows is None else plan.rows[part]
        if plan.place is None:
            if self.corner is None:
                x = self.pictures.squares(plan.items[part], self.size, self.resize, rows=rows)
            else:
                x = self.pictures.corner(plan.items[part], self.size, self.corner)
            return TensorImage(x.to(torch.float32, memory_format=torch.contiguous_format).div_(255)), y
        squares = self.training_source.squares(plan.items[part], self.side, self.resize, plan.place[part], rows)
        x = augment.sampled(squares.float(), plan.matrices[part], self.size).div_(255)
        return TensorImage(augment.lit(x, plan.factor[part], plan.shift[part])), y

    def decode(self, o: tuple[Any, ...], full: bool = True) -> tuple[Any, ...]:
        image, *rest = o
        return (image, *(Category(self.vocab[int(y)]) for y in rest))

    def over(self, items: np.ndarray, corner: int | None = None) -> "PictureSet":
        """The same view of other pictures of the cache, or one of their corners."""
        kept = {"size": self.size, "resize": self.resize, "split_idx": self.split_idx}
        return PictureSet(self.pictures, items, self.labels, self.vocab, corner=corner, **kept)

    def new_empty(self) -> "PictureSet":
        return self.over(self.items[:0])

    @contextlib.contextmanager
    def set_split_idx(self, i: int) -> Iterator["PictureSet"]:
        before, self.split_idx = self.split_idx, i
        try:
            yield self
        finally:
            self.split_idx = before


class Plan:
    """One pass over a set: which pictures, in which order, and how each is seen. It is copied to the device once, so
    that a batch is only slices of it.

    items            (m,)       int64, indices into the cache, on the host
    targets          (m,)       int64, on the device
    rows             (m,)       int64, on the device: where the pictures lie, if all are squares of one size; else None
    place            (m,)       of the square in a longer picture, on the host; None: the plain view
    matrices         (m, 3, 3)  on the device, as what follows
    factor, shift    (m,)
    """

    def __init__(self, of: PictureSet, rows: Sequence[int], u: torch.Tensor | None) -> None:
        """u: the random numbers of every picture of the set (augment.draw); None: the plain view."""
        at, device = np.asarray(rows, np.int64), of.pictures.device
        self.items = of.items[at]
        self.targets = to_device(torch.from_numpy(of.labels[self.items]), device)
        self.rows = (of.pictures if u is None else of.training_source).rows(self.items)
        self.place: np.ndarray | None = None
        if u is None:
            return
        u = u[torch.from_numpy(at)]
        self.place = augment.column(u, "place").numpy()
        self.matrices = to_device(augment.homographies(u), device)
        self.factor, self.shift = (to_device(t, device) for t in augment.lighting(u))


class PictureDL(TfmdDL):
    """Batches straight from a PictureSet. Each pass of a set with split_idx 0 draws its views afresh, from torch's
    global generator; the order of pictures comes from Python's, as in fastai."""

    _drawn: torch.Tensor | None = None

    def __init__(self, dataset: PictureSet, bs: int = 64, shuffle: bool = False, num_workers: int = 0, **kwargs: Any):
        # workers would copy batches between processes for work that one thread per core does already
        super().__init__(dataset, bs=bs, shuffle=shuffle, num_workers=0, **kwargs)

    def before_iter(self) -> None:
        super().before_iter()
        self._drawn = self._draw()

    def _draw(self) -> torch.Tensor | None:
        return augment.draw(len(self.dataset)) if self.dataset.split_idx == 0 else None

    def create_batches(self, samps: Iterable[int]) -> Iterator[tuple[TensorImage, TensorCategory]]:
        rows = list(samps)
        plan = Plan(self.dataset, rows, self._drawn)
        for start in range(0, len(self) * self.bs, self.bs):
            yield self.dataset.batch(plan, start, min(start + self.bs, len(rows)))

    def do_item(self, s: int | None) -> int:
        return s or 0

    def do_batch(self, b: list[int]) -> tuple[TensorImage, TensorCategory]:
        """These pictures as the last pass saw them: what fastai asks for when it looks at a single one."""
        drawn = self._draw() if self._drawn is None else self._drawn
        return self.dataset.batch(Plan(self.dataset, b, drawn), 0, len(b))
