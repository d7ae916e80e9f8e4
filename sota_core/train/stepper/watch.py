"""The stepper's callbacks: one waits before a step, one reports what went in, what came out and what the step changed.

Imports fastai.
"""

import base64
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from fastai.callback.core import Callback
from fastai.callback.mixup import MixHandler
from fastai.layers import NoneReduce
from fastai.losses import LabelSmoothingCrossEntropy
from PIL import Image
from torch import Tensor, nn

from sota_core.functional.smoothing import smooth_targets
from sota_core.train.callbacks import CancelFitException
from sota_core.train.stepper.messages import Seen, Step


class WaitForStep(Callback):
    """Block before every training batch until the next step is wanted; end the fit if none is wanted any more.

    fastai's own loop waits meanwhile, with the batch made and nothing computed from it.
    """

    order = -20  # before anything touches the batch; StopOnRequest's place

    def __init__(self, wait: Callable[[], bool]) -> None:
        self.wait = wait

    def before_batch(self) -> None:
        if self.training and not self.wait():
            raise CancelFitException


class Watch(Callback):
    """Report every training step once it is done, without changing fastai's weights, statistics and random numbers.

    total_steps  of the whole fit
    """

    learn: Any
    run_valid = False
    order = 70  # after Recorder (50) and ParamScheduler (60)

    def __init__(self, tell: Callable[[Step], None], total_steps: int) -> None:
        self.tell, self.total_steps = tell, total_steps
        self.step = 0

    def after_pred(self) -> None:
        self.hyper, self.pct = dict(self.opt.hypers[-1]), float(self.pct_train)  # ParamScheduler has set them
        self.logits = self.learn.pred.detach().clone()

    def before_step(self) -> None:
        grads = [p.grad for p in self.model.parameters() if p.grad is not None]
        self.grad_norm = float(torch.nn.utils.get_total_norm(grads))

    def after_batch(self) -> None:
        self.step += 1
        with torch.no_grad(), statistics_kept(self.model):
            logits = self.model(*self.learn.xb)
        each, after = (self.losses(these) for these in (self.logits, logits))
        self.tell(
            {
                "kind": "step",
                "step": self.step,
                "n_steps": self.total_steps,
                "epoch": self.epoch,
                "lr": float(self.hyper["lr"]),
                "mom": float(self.hyper["mom"]),
                "pct": self.pct,
                "loss": float(self.learn.loss.detach()),
                "smooth_loss": float(self.learn.smooth_loss),
                "loss_after": float(after.mean()),
                "grad_norm": self.grad_norm,
                "pictures": self.pictures(logits, each, after),
            }
        )

    def losses(self, logits: Tensor) -> Tensor:
        """(B,) each picture's loss, by the Learner's own loss and, with mixup, as fastai's MixHandler weights it."""
        mix = self.mix()
        with NoneReduce(mix.old_lf if mix else self.learn.loss_func) as each, torch.no_grad():
            losses = each(logits, *self.learn.yb)
            return torch.lerp(each(logits, *mix.yb1), losses, mix.lam) if mix else losses

    def targets(self) -> Tensor:
        """(B, N) the targets of the cross-entropies that `losses` gives."""
        mix, n_classes = self.mix(), self.logits.shape[-1]
        loss = mix.old_lf if mix else self.learn.loss_func
        eps: Any = loss.eps if isinstance(loss, LabelSmoothingCrossEntropy) else 0.0
        own = smooth_targets(_plain(self.learn.yb[0]), n_classes, eps)
        return torch.lerp(smooth_targets(_plain(mix.yb1[0]), n_classes, eps), own, mix.lam[:, None]) if mix else own

    def pictures(self, logits: Tensor, losses: Tensor, losses_after: Tensor) -> list[Seen]:
        mix = self.mix()
        labels, n = self.learn.yb[0].tolist(), len(losses)
        probs, probs_after = (these.softmax(-1).tolist() for these in (self.logits, logits))
        columns = zip(
            pngs(self.learn.xb[0]),
            labels,
            mix.yb1[0].tolist() if mix else [None] * n,
            mix.lam.tolist() if mix else [None] * n,
            self.targets().tolist(),
            probs,
            probs_after,
            losses.tolist(),
            losses_after.tolist(),
            strict=True,
        )
        names = ("png", "label", "partner", "lam", "target", "before", "after", "loss", "loss_after")
        return [dict(zip(names, row, strict=True)) for row in columns]  # pyright: ignore[reportReturnType]

    def mix(self) -> Any:
        return next((cb for cb in self.learn.cbs if isinstance(cb, MixHandler)), None)


@contextmanager
def statistics_kept(model: nn.Module) -> Iterator[None]:
    """Restore batch normalization's running statistics afterwards: a pass in training mode changes them."""
    before = [(buffer, buffer.clone()) for buffer in model.buffers()]
    try:
        yield
    finally:
        for buffer, value in before:
            buffer.copy_(value)


def pngs(x: Tensor) -> list[str]:
    """One PNG in base64 for each picture of (B, 3, H, W) in [0, 1]."""
    bytes_ = (_plain(x).clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    return [_png(picture) for picture in bytes_]


def _png(picture: Any) -> str:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG", compress_level=3)
    return base64.b64encode(out.getvalue()).decode("ascii")


def _plain(t: Tensor) -> Tensor:
    return t.as_subclass(Tensor)
