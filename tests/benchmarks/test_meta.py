"""Counts of a training batch's operations on torch's meta device: checked by hand and with planted operations."""

from typing import Any

import pytest
import torch
from fastai.callback.core import Callback

from benchmarks.device_counter import META
from benchmarks.meta import ROWS, count, row_recipe
from sota_core.train.callbacks import Telemetry
from sota_core.train.learner import build_model

pytestmark = pytest.mark.long  # has a Learner, which needs fastai

MOST_KERNELS = 650  # without a CUDA graph and without autocast's casts
TINY = {"arch": "xresnet18", "width": 0.25, "size": 32, "bs": 8}


@pytest.fixture(scope="module")
def counts():
    return count(row_recipe(**TINY), "square")


def test_every_convolution_is_one_kernel_forward_and_one_backward(counts):
    net = build_model(row_recipe(**TINY), 10)
    n_convolutions = sum(isinstance(m, torch.nn.Conv2d) for m in net.modules())
    a_batch = {key: n / counts.n_batches for key, n in counts.operations.items()}
    assert a_batch[("net", "convolution")] == n_convolutions
    assert a_batch[("backward", "convolution_backward")] == n_convolutions
    assert a_batch[("data", "grid_sampler_2d")] == 1
    assert a_batch[("optimizer", "_fused_adamw_")] == 2  # parameters with weight decay, and those without


class Planted(Callback):
    """Adds to every batch a wait for the device, a copy that is waited for and a further kernel, and one more wait to
    the first batch.
    """

    order = 20
    learn: Any

    def before_batch(self) -> None:
        bool(self.x.sum() > 0)
        torch.zeros(3).to(META)
        if self.iter == 0:
            self.x[0, 0, 0, 0].item()


def test_a_wait_a_copy_and_a_kernel_too_many_are_counted_where_they_are(counts):
    more = count(row_recipe(**TINY), "square", watch=Planted())
    assert more.waits == counts.waits + 2 and more.copies == counts.copies + 1
    assert more.kernels_a_batch == counts.kernels_a_batch + 3  # sum, comparison, copy
    assert sum(more.at_edges.values()) == sum(counts.at_edges.values()) + 2 * 3 + 1


def test_numbers_turned_into_a_tensor_on_the_device_are_a_copy(counts):
    class Listed(Callback):
        def before_batch(self) -> None:
            torch.tensor([1, 2], device=META)
            torch.as_tensor([1, 2], device=META)
            torch.zeros(4, device=META)[[0, 1]]

    more = count(row_recipe(**TINY), "square", watch=Listed())
    assert more.copies == counts.copies + 3


def test_events_are_told_at_the_edges_only(counts):
    assert not [line for _, line in counts.lines if Telemetry.__module__.replace(".", "/") in line]
    assert [line for _, line in counts.at_edges if "train/callbacks.py" in line]


def test_pictures_of_many_shapes_cost_a_batch_no_more_kernels_than_squares(counts):
    """They are reduced once a phase, and then cut without arithmetic."""
    assert count(row_recipe(**TINY), "ragged").kernels == counts.kernels


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if "padded" not in row],
)
def test_between_two_events_a_gpu_never_waits_and_is_given_few_kernels(row):
    """The limits for the step as the chapter trains it: xresnet50, pictures resident on the device."""
    changes, shapes = ROWS[row]
    found = count(row_recipe(**changes), shapes)
    assert not found.lines
    assert found.kernels_a_batch <= MOST_KERNELS


def test_an_epochs_plan_is_copied_once_whatever_its_length(counts):
    longer = count(row_recipe(**TINY, mixup_alpha=0.4), "square", n_batches=9)
    shorter = count(row_recipe(**TINY, mixup_alpha=0.4), "square", n_batches=4)
    assert longer.at_edges == shorter.at_edges
