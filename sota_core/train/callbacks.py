"""The callbacks in fastai's loop: one emits events, one stops, one computes in bf16 on a CPU. Imports fastai."""

import time
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from fastai.callback import core
from fastai.callback.core import Callback
from fastai.torch_core import to_float

from sota_core.train import events
from sota_core.train.events import Emit
from sota_core.train.step.precision import BatchAutocast

# fastai makes this class while it is imported, where no type checker sees it
CancelFitException: type[Exception] = core.CancelFitException  # pyright: ignore[reportAttributeAccessIssue]


def valid_ce(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Plain cross-entropy, whatever the training objective is. Its name is fastai's column title."""
    return F.cross_entropy(logits.float(), labels.long())


class Telemetry(Callback):
    """Emit a `batch` event at most ten times a second, and an `epoch` event per line of fastai's table.

    One instance lives through all phases, so that `step` counts on. It reads what fastai's Recorder computed
    (order 50) and therefore runs after it.
    """

    learn: Any
    order = 70  # after Recorder (50) and ParamScheduler (60)

    def __init__(self, emit: Emit, total_steps: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.emit, self.total_steps, self.clock = emit, total_steps, clock
        self.step = 0
        self.phase = 0
        self.stages: list[str] = []
        self.last_emitted = float("-inf")

    def enter_phase(self, phase: int, stages: list[str]) -> None:
        """`stages`: one word per fit that follows; fine_tune makes two, `frozen` and `main`."""
        self.phase, self.stages = phase, list(stages)

    def before_epoch(self) -> None:
        self.epoch_start = self.clock()
        self.has_trained = False

    def before_train(self) -> None:
        self.train_start = self.clock()
        self.n_seen = 0
        self.has_trained = True
        # not in before_fit: get_preds and validate fire that too, without training
        if self.epoch == 0:
            self.stage = self.stages.pop(0) if self.stages else "main"

    def after_batch(self) -> None:
        if not self.training:
            return
        self.step += 1
        self.n_seen += len(self.learn.yb[0])
        now = self.clock()
        is_last = self.iter == self.n_iter - 1
        if now - self.last_emitted < 1 / events.BATCH_EVENTS_PER_S and not is_last:
            return
        self.last_emitted = now
        hypers = self.opt.hypers[-1]
        self.emit(
            events.batch(
                step=self.step,
                total_steps=self.total_steps,
                phase=self.phase,
                loss=float(self.learn.loss.detach()),
                smooth_loss=float(self.learn.smooth_loss.detach()),
                lr=float(hypers["lr"]),
                mom=float(hypers["mom"]),
            )
        )

    def after_train(self) -> None:
        self.train_s = self.clock() - self.train_start

    def after_epoch(self) -> None:
        record = dict(zip(self.recorder.metric_names[1:], self.learn.final_record, strict=False))
        if not self.has_trained or "valid_ce" not in record:
            return  # a pass of get_preds, or cancelled before the validation was complete: no line to print
        self.emit(
            events.epoch(
                phase=self.phase,
                stage=self.stage,
                epoch=self.epoch,
                step=self.step,
                train_loss=float(record["train_loss"]),
                valid_loss=float(record["valid_loss"]),
                valid_ce=float(record["valid_ce"]),
                accuracy=float(record["accuracy"]),
                seconds=self.clock() - self.epoch_start,
                images_per_s=self.n_seen / max(self.train_s, 1e-9),
                n_valid=len(self.dls.valid_ds),
            )
        )


class CPUMixedPrecision(BatchAutocast):
    """bf16 autocast on the CPU, where fastai's MixedPrecision, made for CUDA, would do nothing.

    It acts at the same places in the loop: forward and loss in autocast, predictions back in fp32 before the loss.
    bf16 has fp32's range, so gradients need no scaling.
    """

    learn: Any

    def before_batch(self) -> None:
        self.enter(torch.autocast("cpu", dtype=torch.bfloat16))

    def after_pred(self) -> None:
        self.learn.pred = to_float(self.learn.pred)


class StopOnRequest(Callback):
    """End the fit before the next batch once `should_stop()` is true; `has_stopped` says whether it has.

    CancelFitException is the exit on which fastai's callbacks undo what they did (MixUp restores the loss).
    """

    order = -20  # before anything touches the batch

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        self.should_stop, self.has_stopped = should_stop, False

    def before_batch(self) -> None:
        if self.should_stop():
            self.has_stopped = True
            raise CancelFitException
