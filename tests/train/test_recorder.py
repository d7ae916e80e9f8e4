"""Running means on the device equal fastai's own, batch for batch."""

from types import SimpleNamespace

import pytest
import torch
from fastai.learner import AvgLoss, AvgMetric, AvgSmoothLoss
from fastai.metrics import accuracy
from fastai.torch_core import to_detach

from sota_core.train.recorder import LossOnDevice, MetricOnDevice, SmoothLossOnDevice

pytestmark = pytest.mark.long  # a Learner, so fastai

PAIRS = {
    "smooth loss": (SmoothLossOnDevice, AvgSmoothLoss),
    "loss": (LossOnDevice, AvgLoss),
    "accuracy": (lambda: MetricOnDevice(accuracy), lambda: AvgMetric(accuracy)),
}


def batches():
    rng = torch.Generator().manual_seed(0)
    for n in (8, 8, 8, 3):  # a validation set's last batch is smaller
        pred = torch.randn(n, 5, generator=rng, requires_grad=True)
        target = torch.randint(0, 5, (n,), generator=rng)
        loss = torch.nn.functional.cross_entropy(pred, target)
        yield SimpleNamespace(pred=pred, yb=(target,), loss=loss, to_detach=to_detach)


@pytest.mark.parametrize("which", PAIRS)
def test_the_value_is_fastais(which):
    ours, theirs = (make() for make in PAIRS[which])
    for metric in (ours, theirs):
        metric.reset()
    for batch in batches():
        ours.accumulate(batch)
        theirs.accumulate(batch)
        assert float(ours.value) == pytest.approx(float(theirs.value), rel=1e-6)
    if which != "smooth loss":  # the Recorder names this column itself
        assert ours.name == theirs.name


@pytest.mark.parametrize("which", PAIRS)
def test_nothing_holds_the_graph(which):
    ours = PAIRS[which][0]()
    ours.reset()
    for batch in batches():
        ours.accumulate(batch)
    assert not ours.value.requires_grad
