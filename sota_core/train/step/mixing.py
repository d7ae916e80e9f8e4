"""fastai's MixUp and CutMix with an epoch's random numbers drawn at its first batch and copied to the device once.

Drawn batch by batch, as in fastai, they cost a GPU two to four copies a batch, and CutMix eight waits more: the edges
of its box are read back from the device. With the loader of decoded pictures, which draws nothing itself while an epoch
runs, the numbers equal fastai's one by one for the same seed; with any other loader, fastai's code runs as it is.
"""

from typing import Any

import torch
from fastai.callback import mixup
from torch import Tensor

from sota_core.data.loading.picture_dl import PictureDL
from sota_core.data.loading.resident import to_device


class _Planned:
    """Random numbers of a whole epoch, drawn at its first batch; a plan exists for the full batches of a PictureDL.

    partners  (n_iter, B) int64 on the device
    """

    learn: Any
    iter: int
    n_iter: int
    partners: Tensor
    n_planned = 0

    def has_plan(self) -> bool:
        x = self.learn.xb[0]
        if not isinstance(self.learn.dl, PictureDL):
            return False
        if self.iter == 0:
            self.n_planned = len(x)
            self.draw(x)
        return len(x) == self.n_planned

    def draw(self, x: Tensor) -> None:
        raise NotImplementedError

    def of_partners(self) -> tuple[Tensor, tuple[Tensor, ...]]:
        """The batch in the order of its partners: pictures and labels."""
        partner = self.partners[self.iter]
        return self.learn.xb[0][partner], tuple(y[partner] for y in self.learn.yb)


class MixUp(_Planned, mixup.MixUp):
    """`fastai.callback.mixup.MixUp`; λ per picture, folded to max(λ, 1 − λ)."""

    lams: Tensor  # (n_iter, B) on the device

    def draw(self, x: Tensor) -> None:
        lams, partners = [], []
        for _ in range(self.n_iter):
            lam = self.distrib.sample((len(x),))
            lams.append(torch.maximum(lam, 1 - lam))
            partners.append(torch.randperm(len(x)))
        self.lams, self.partners = (to_device(torch.stack(t), x.device) for t in (lams, partners))

    def before_batch(self) -> None:
        if not self.has_plan() or not self.stack_y:
            super().before_batch()
            return
        self.lam = self.lams[self.iter]
        other, self.yb1 = self.of_partners()
        self.learn.xb = (torch.lerp(other, self.learn.xb[0], self.lam[:, None, None, None]),)


class CutMix(_Planned, mixup.CutMix):
    """`fastai.callback.mixup.CutMix`; one box a batch, λ is the share of the picture that it leaves."""

    boxes: list[tuple[int, int, int, int]]  # x1, y1, x2, y2 of each batch

    def draw(self, x: Tensor) -> None:
        height, width = x.shape[-2:]
        partners, self.boxes = [], []
        for _ in range(self.n_iter):
            lam = self.distrib.sample((1,))
            partners.append(torch.randperm(len(x)))
            self.boxes.append(_box(width, height, lam))
        self.partners = to_device(torch.stack(partners), x.device)

    def before_batch(self) -> None:
        if not self.has_plan() or not self.stack_y:
            super().before_batch()
            return
        x1, y1, x2, y2 = self.boxes[self.iter]
        other, self.yb1 = self.of_partners()
        x = self.learn.xb[0]
        x[..., y1:y2, x1:x2] = other[..., y1:y2, x1:x2]
        self.lam = 1 - (x2 - x1) * (y2 - y1) / (x.shape[-1] * x.shape[-2])


def _box(width: int, height: int, lam: Tensor) -> tuple[int, int, int, int]:
    """fastai's rand_bbox, with the same numbers in the same order, on the host."""
    share = torch.sqrt(1.0 - lam)
    half_w, half_h = (int(torch.round(side * share)) // 2 for side in (width, height))
    x, y = (int(torch.randint(0, side, (1,))) for side in (width, height))
    return max(0, x - half_w), max(0, y - half_h), min(width, x + half_w), min(height, y + half_h)
