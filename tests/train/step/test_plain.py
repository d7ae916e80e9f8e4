"""The net is given plain tensors, and BatchNorm's counters are right, whether a fit ends or is cancelled."""

from typing import Any

import pytest
import torch
from fastai.callback import core
from fastai.callback.core import Callback
from fastai.callback.progress import ProgressCallback
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.losses import CrossEntropyLossFlat
from fastai.torch_core import TensorCategory, TensorImage
from torch import nn

from sota_core.train.step.plain import CountBatches, PlainTensors

pytestmark = pytest.mark.long  # a Learner, so fastai

N_BATCHES = 3


def learner(*cbs: Callback) -> Learner:
    torch.manual_seed(0)
    items = [(TensorImage(torch.rand(3, 8, 8)), TensorCategory(i % 2)) for i in range(4 * N_BATCHES)]
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    dls = DataLoaders(DataLoader(items, bs=4, drop_last=True), DataLoader(items, bs=4))
    learn = Learner(dls, net, loss_func=CrossEntropyLossFlat(), cbs=cbs)
    learn.remove_cbs(ProgressCallback)
    learn.logger = lambda *_: None
    return learn


def test_the_net_and_the_loss_are_given_plain_tensors():
    kinds = set()

    class Seen(Callback):
        learn: Any

        def before_batch(self) -> None:
            kinds.update(type(t) for t in (*self.learn.xb, *self.learn.yb))

    learner(Seen()).fit(1, 1e-2)
    assert kinds == {TensorImage, TensorCategory}
    kinds.clear()
    learner(PlainTensors(), Seen()).fit(1, 1e-2)
    assert kinds == {torch.Tensor}


def test_on_a_gpu_the_pictures_lie_channels_last():
    cb = PlainTensors()
    cb.learn = type("Learn", (), {"xb": (torch.empty(2, 3, 8, 8, device="meta"),), "yb": ()})()
    cb.before_batch()
    assert cb.learn.xb[0].is_contiguous(memory_format=torch.channels_last)


def test_the_weights_say_how_often_batchnorm_was_trained_as_without_it():
    counted, plain = learner(CountBatches()), learner()
    for learn in (counted, plain):
        learn.fit(2, 1e-2)
    wanted = plain.model.state_dict()
    assert wanted["1.num_batches_tracked"] == 2 * N_BATCHES
    assert list(counted.model.state_dict()) == list(wanted)
    torch.testing.assert_close(dict(counted.model.state_dict()), dict(wanted), rtol=0, atol=0)


def test_no_counter_is_touched_within_an_epoch():
    class Looks(Callback):
        def after_pred(self) -> None:
            assert self.model[1].num_batches_tracked is None or not self.training

    learner(CountBatches(), Looks()).fit(1, 1e-2)


@pytest.mark.parametrize("name", ["CancelFitException", "CancelEpochException", "CancelTrainException"])
def test_a_cancelled_fit_has_counted_what_it_trained(name):
    class Stops(Callback):
        def before_batch(self) -> None:
            if self.training and self.iter == 2:
                raise getattr(core, name)

    learn = learner(CountBatches(), Stops())
    learn.fit(1, 1e-2)
    assert learn.model.state_dict()["1.num_batches_tracked"] == 2
