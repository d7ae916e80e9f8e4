"""fastai's data loader on decoded pictures: a whole batch at once, everything but Normalize made here.

`Learner`, `MixUp`, `tta`, `get_preds` and `show_batch` use it as they use fastai's own.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

ensure_torchvision_ops()

# ruff: noqa: E402, I001
from fastai.data.core import TfmdDL
from fastai.data.transforms import Category
from fastai.losses import CrossEntropyLossFlat
from fastai.torch_core import TensorCategory, TensorImage
import fastai.vision.data  # noqa: F401  registers show_batch for pictures

from sota_core.data.loading import augment
from sota_core.data.loading.resident import Pictures


class PictureSet:
    """Some of a cache's pictures and their labels, seen at one size; what fastai asks a `Datasets` for.

    items      (m,) int64, indices into the cache and the listing
    labels     (n,) int64 of the whole listing
    split_idx  0: training transforms, 1: the plain view
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
    ) -> None:
        self.pictures, self.items, self.vocab = pictures, items, list(vocab)
        self.size, self.resize, self.split_idx = size, resize, split_idx
        self.labels, self._targets = labels, torch.from_numpy(labels[items]).to(pictures.device)
        self.side = augment.working_side(size, min(pictures.cache.presize, pictures.largest_side))

    @property
    def c(self) -> int:
        return len(self.vocab)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, i: int) -> tuple[Any, Any]:
        if not 0 <= i < len(self):
            raise IndexError(i)
        x, y = self.batch([i], None)
        return x[0], y[0]

    def batch(self, rows: list[int], views: "Views | None") -> tuple[TensorImage, TensorCategory]:
        """A batch in [0, 1]: augmented as `views` says, or plain.

        Shapes
            rows     (B,)  which of the items
            returns  (B, 3, size, size) float on the pictures' device, (B,) int64 there
        """
        at = torch.as_tensor(rows, device=self.pictures.device)
        y = TensorCategory(self._targets[at])
        if views is None:
            x = self.pictures.squares(self.items[rows], self.size, self.resize)
            return TensorImage(x.to(torch.float32, memory_format=torch.contiguous_format).div_(255)), y
        squares = self.pictures.squares(self.items[rows], self.side, self.resize, views.place[rows])
        x = augment.sampled(squares.float(), views.matrices[at], self.size).div_(255)
        return TensorImage(augment.lit(x, views.factor[at], views.shift[at])), y

    def decode(self, o: tuple[Any, ...], full: bool = True) -> tuple[Any, ...]:
        image, *rest = o
        return (image, *(Category(self.vocab[int(y)]) for y in rest))

    def over(self, items: np.ndarray) -> "PictureSet":
        """The same view of other pictures of the cache."""
        kept = {"size": self.size, "resize": self.resize, "split_idx": self.split_idx}
        return PictureSet(self.pictures, items, self.labels, self.vocab, **kept)

    def new_empty(self) -> "PictureSet":
        return self.over(self.items[:0])

    @contextlib.contextmanager
    def set_split_idx(self, i: int) -> Iterator["PictureSet"]:
        before, self.split_idx = self.split_idx, i
        try:
            yield self
        finally:
            self.split_idx = before


class Views:
    """How each picture of a set is seen in one pass: drawn for all of them at once, ready on the device."""

    def __init__(self, n: int, device: torch.device) -> None:
        u = augment.draw(n)
        self.place = augment.column(u, "place").numpy()
        self.matrices = augment.homographies(u).to(device)
        self.factor, self.shift = (t.to(device) for t in augment.lighting(u))


class PictureDL(TfmdDL):
    """Batches straight from a PictureSet. Each pass of a set with split_idx 0 draws its views afresh, from torch's
    global generator; the order of pictures comes from Python's, as in fastai."""

    _views: Views | None = None

    def __init__(self, dataset: PictureSet, bs: int = 64, shuffle: bool = False, num_workers: int = 0, **kwargs: Any):
        # workers would copy batches between processes for work that one thread per core does already
        super().__init__(dataset, bs=bs, shuffle=shuffle, num_workers=0, **kwargs)

    def before_iter(self) -> None:
        super().before_iter()
        self._views = self._draw()

    def _draw(self) -> Views | None:
        return Views(len(self.dataset), self.dataset.pictures.device) if self.dataset.split_idx == 0 else None

    def do_item(self, s: int | None) -> int:
        return s or 0

    def do_batch(self, b: list[int]) -> tuple[TensorImage, TensorCategory]:
        views = self._views
        if views is None:
            views = self._draw()
        return self.dataset.batch(b, views)
