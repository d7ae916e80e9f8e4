"""Mixed precision whose scaler never waits for the GPU. Imports fastai."""

from typing import Any

import torch
from fastai.callback.core import Callback
from fastai.callback.fp16 import AMPMode, MixedPrecision


class BatchAutocast(Callback):
    """Autocast for a batch's forward pass and loss, left once, however the batch ends."""

    order = 10  # MixedPrecision's
    entered: Any = None

    def enter(self, autocast: torch.autocast) -> None:
        autocast.__enter__()
        self.entered = autocast

    def leave(self) -> None:
        if self.entered is not None:
            entered, self.entered = self.entered, None
            entered.__exit__(None, None, None)

    def after_loss(self) -> None:
        self.leave()

    after_cancel_batch = after_cancel_train = after_cancel_validate = after_loss
    after_cancel_epoch = after_cancel_fit = after_loss


class ScaledOnDevice(BatchAutocast, MixedPrecision):
    """`fastai.callback.fp16.MixedPrecision`, with the same numbers, where the host never waits for an answer.

    fastai asks the device after every batch whether a gradient overflowed, and what the scale is now: two waits, in
    which nothing new is launched. torch's fused optimizers take both as tensors and leave the parameters alone where
    a gradient overflowed, so nobody need ask. bf16 has fp32's range and is not scaled.

    Source: torch.amp.GradScaler, `_step_supports_amp_scaling`; sota_core.train.optimizer takes what is handed on.
    """

    _step_supports_amp_scaling = True  # then GradScaler sets grad_scale and found_inf here and calls `step`
    learn: Any
    autocast: Any  # while a fit lasts

    def __init__(self, precision: str, kind: str = "cuda") -> None:
        """precision: fp16 or bf16; kind: the type of device the net is on."""
        super().__init__(amp_mode=AMPMode(precision))
        self.kind = kind

    def before_fit(self) -> None:
        is_fp16 = self.amp_mode == AMPMode.FP16
        self.autocast = torch.autocast(self.kind, dtype=torch.float16 if is_fp16 else torch.bfloat16)
        self.learn.scaler = torch.amp.GradScaler(self.kind, enabled=is_fp16)

    def before_batch(self) -> None:
        self.enter(self.autocast)

    def before_step(self) -> None:
        self.learn.scaler.step(self)

    def step(self) -> None:
        """Called by the scaler: what it found goes to the optimizer, whose own step follows in fastai's loop."""
        found = vars(self)  # bf16 has neither; not getattr, which in a Callback asks its Learner too
        self.learn.opt.grad_scale, self.learn.opt.found_inf = found.get("grad_scale"), found.get("found_inf")

    def after_step(self) -> None:
        self.learn.opt.grad_scale = self.learn.opt.found_inf = None
        self.learn.scaler.update()

    def after_fit(self) -> None:
        self.autocast, self.learn.scaler = None, None
