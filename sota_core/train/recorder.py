"""fastai's running loss and metrics, kept on the net's device. Imports fastai.

fastai's own classes move every batch's value to the CPU, and a GPU's queue runs dry while Python waits for it. These
hold the same numbers on the device; they are fetched at the end of an epoch, and for the few batch events a second.
"""

from collections.abc import Callable
from typing import Any

import torch
from fastai.learner import AvgLoss, AvgMetric, AvgSmoothLoss
from fastai.torch_core import find_bs


class SmoothLossOnDevice(AvgSmoothLoss):
    """The training loss in fastai's Recorder: exponentially weighted, debiased by its `value`."""

    val: torch.Tensor

    def accumulate(self, learn: Any) -> None:
        loss = learn.loss.detach().mean()
        self.count += 1
        self.val = torch.lerp(loss, self.val.to(loss), self.beta)


class LossOnDevice(AvgLoss):
    """The validation loss in fastai's Recorder, weighted by batch size."""

    def accumulate(self, learn: Any) -> None:
        n = find_bs(learn.yb)
        self.total += learn.loss.detach().mean() * n
        self.count += n


class MetricOnDevice(AvgMetric):
    """A metric that is a mean over pictures, from a function of predictions and targets."""

    def __init__(self, func: Callable[..., torch.Tensor]) -> None:
        super().__init__(func)

    def accumulate(self, learn: Any) -> None:
        n = find_bs(learn.yb)
        self.total += self.func(learn.pred, *learn.yb).detach() * n
        self.count += n
