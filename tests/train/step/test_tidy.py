"""A net that breaks in a step leaves nothing behind that the next training in this process would suffer from."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from fastai.callback.core import Callback, CancelBatchException, CancelFitException  # pyright: ignore[reportAttributeAccessIssue]
from fastai.callback.progress import ProgressCallback
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.losses import CrossEntropyLossFlat
from torch import nn

from sota_core.train.callbacks import CPUMixedPrecision
from sota_core.train.optimizer import FusedAdam
from sota_core.train.step.kernels import SearchKernels
from sota_core.train.step.mixing import MixUp
from sota_core.train.step.precision import ScaledOnDevice
from sota_core.train.step.tidy import TidyLearner
from sota_core.train.threads import PickThreads, ThreadMeter

pytestmark = pytest.mark.long  # a Learner, so fastai

BS, N_BATCHES = 8, 4
MIXED: dict[str, Callable[[], Callback]] = {
    "bf16": lambda: ScaledOnDevice("bf16", "cpu"),
    "fp16": lambda: ScaledOnDevice("fp16", "cpu"),
    "a CPU's bf16": CPUMixedPrecision,
}


class Breaking(nn.Module):
    """A linear net whose n-th forward pass raises what a full card raises; n = 0: none does."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.layer, self.left = nn.Linear(6, 3), n

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.layer(x)
        self.left -= 1
        if self.left == 0:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return out


class Noted(Callback):
    order = 60
    learn: Any

    def __init__(self) -> None:
        self.found: list[float] = []

    def after_batch(self) -> None:
        if self.training:
            self.found.append(float(self.learn.loss.detach()))


def learner(breaks_at: int, *cbs: Callback) -> Any:
    torch.manual_seed(0)
    x, y = torch.rand(BS * N_BATCHES, 6), torch.arange(BS * N_BATCHES) % 3
    x[torch.arange(len(y)), y] += 3
    loader = DataLoader(list(zip(x, y, strict=True)), bs=BS)
    learn = TidyLearner(
        DataLoaders(loader, loader),
        Breaking(breaks_at),
        loss_func=CrossEntropyLossFlat(),
        opt_func=FusedAdam,  # pyright: ignore[reportArgumentType]
        cbs=list(cbs),
    )
    learn.remove_cbs(ProgressCallback)
    return learn


@pytest.fixture(autouse=True)
def no_autocast() -> Iterator[None]:
    """Leave what a failed test left entered, so that it fails alone."""
    yield
    torch.set_autocast_enabled("cpu", False)
    for _ in range(torch.autocast_increment_nesting()):
        torch.autocast_decrement_nesting()
    torch.clear_autocast_cache()


@pytest.mark.parametrize("breaks_at", [2, N_BATCHES + 1])  # in training, in validation
@pytest.mark.parametrize("way", MIXED)
def test_the_next_fit_in_mixed_precision_learns(way, breaks_at):
    with pytest.raises(torch.OutOfMemoryError):
        learner(breaks_at, MIXED[way]()).fit(1, 0.1)
    assert not torch.is_autocast_enabled("cpu")
    losses = Noted()
    learner(0, MIXED[way](), losses).fit(3, 0.1)
    assert losses.found[-1] < 0.7 * losses.found[0]


@pytest.mark.parametrize("way", MIXED)
def test_predictions_that_break_leave_no_autocast_either(way):
    with pytest.raises(torch.OutOfMemoryError):
        learner(1, MIXED[way]()).get_preds()
    assert not torch.is_autocast_enabled("cpu")


@pytest.mark.parametrize("error", [CancelBatchException, CancelFitException])
@pytest.mark.parametrize("way", MIXED)
def test_a_cancelled_forward_pass_leaves_no_autocast(way, error):
    class Cancel(Callback):
        order = 5  # before the precision's own after_pred

        def after_pred(self) -> None:
            raise error

    learner(0, MIXED[way](), Cancel()).fit(1, 0.1)
    assert not torch.is_autocast_enabled("cpu")


def test_cudnn_searches_for_kernels_no_more():
    before = torch.backends.cudnn.benchmark
    with pytest.raises(torch.OutOfMemoryError):
        learner(2, SearchKernels()).fit(1, 0.1)
    assert torch.backends.cudnn.benchmark is before is False


def test_the_number_of_threads_is_not_the_one_that_was_being_tried():
    before = torch.get_num_threads()
    meter = ThreadMeter((before, before + 1))
    meter.left = 1
    try:
        with pytest.raises(torch.OutOfMemoryError):
            learner(2, PickThreads(meter)).fit(1, 0.1)
        assert meter.tried is not None and torch.get_num_threads() == before
    finally:
        torch.set_num_threads(before)


def test_fastais_own_callbacks_undo_what_they_did_too():
    learn = learner(2, MixUp(0.4))
    loss = learn.loss_func
    with pytest.raises(torch.OutOfMemoryError):
        learn.fit(1, 0.1)
    assert learn.loss_func is loss


def test_a_callback_that_cannot_undo_hides_neither_the_error_nor_the_others_undoing():
    class Broken(Callback):
        order = -50  # before the others

        def after_cancel_batch(self) -> None:
            raise ZeroDivisionError

    with pytest.raises(torch.OutOfMemoryError):
        learner(2, Broken(), CPUMixedPrecision()).fit(1, 0.1)
    assert not torch.is_autocast_enabled("cpu")
