"""Two callbacks that remove from a step what the net does not need: tensor subclasses, and BatchNorm's counters."""

from typing import Any

import torch
from fastai.callback.core import Callback
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

_COUNTER = "num_batches_tracked"


class PlainTensors(Callback):
    """Hand the net plain tensors: every operation on a TensorImage, hundreds a step, goes through Python once more.

    On a GPU also channels last, as the net's weights are; otherwise cuDNN reorders every batch itself.
    """

    learn: Any
    order = -10  # after StopOnRequest, before whatever works on the batch

    def before_batch(self) -> None:
        self.learn.xb = tuple(_for_net(x) for x in self.learn.xb)
        self.learn.yb = tuple(y.as_subclass(Tensor) for y in self.learn.yb)


def _for_net(x: Tensor) -> Tensor:
    x = x.as_subclass(Tensor)
    return x if x.device.type == "cpu" else x.to(memory_format=torch.channels_last)


class CountBatches(Callback):
    """Update every BatchNorm layer's count of batches once an epoch, not with one kernel per layer and step.

    Only a layer without momentum uses its counter, and is left alone here. The others' counters are kept for whoever
    loads the weights.
    """

    learn: Any
    order = 5
    n_batches = 0
    counters: tuple[tuple[_BatchNorm, Tensor], ...] = ()

    def before_train(self) -> None:
        self.n_batches = 0
        self.counters = tuple((m, m.num_batches_tracked) for m in _layers(self.learn.model))
        for layer, _ in self.counters:
            layer._buffers[_COUNTER] = None

    def after_pred(self) -> None:
        self.n_batches += self.training

    def after_train(self) -> None:
        """Put the counters back, with the batches counted, once; called also where an epoch or the fit is cancelled."""
        for layer, counter in self.counters:
            layer._buffers[_COUNTER] = counter + self.n_batches
        self.counters = ()

    after_cancel_epoch = after_cancel_fit = after_train


def _layers(model: torch.nn.Module) -> list[Any]:
    found = (m for m in model.modules() if isinstance(m, _BatchNorm))
    return [m for m in found if m.num_batches_tracked is not None and m.momentum is not None]
