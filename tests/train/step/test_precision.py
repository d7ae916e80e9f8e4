"""fp16 without waiting for the card: scale and skipped steps are those of GradScaler, which fastai uses."""

from typing import Any

import pytest
import torch
from fastai.callback.core import Callback
from fastai.callback.progress import ProgressCallback
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.losses import CrossEntropyLossFlat
from torch import nn

from sota_core.train.optimizer import FusedAdam
from sota_core.train.step.precision import ScaledOnDevice

pytestmark = pytest.mark.long  # a Learner, so fastai

BS, N_BATCHES = 4, 5


def learner(*cbs: Callback) -> Learner:
    torch.manual_seed(0)
    items = [(torch.rand(6), torch.tensor(i % 3)) for i in range(BS * N_BATCHES)]
    loader = DataLoader(items, bs=BS)
    net = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    learn = Learner(
        DataLoaders(loader, loader),
        net,
        loss_func=CrossEntropyLossFlat(),
        opt_func=FusedAdam,  # pyright: ignore[reportArgumentType]
        cbs=list(cbs),
    )
    learn.remove_cbs(ProgressCallback)
    return learn


class Overflow(Callback):
    """Makes one gradient of the third batch infinite; notes parameters and scale after each batch."""

    order = 8  # before the scaler looks at gradients
    learn: Any

    def before_fit(self) -> None:
        self.after: list[list[torch.Tensor]] = []
        self.scales: list[float] = []

    def before_step(self) -> None:
        if self.iter == 2:
            next(self.learn.model.parameters()).grad[0, 0] = float("inf")

    def after_batch(self) -> None:
        if self.training:
            self.after.append([p.detach().clone() for p in self.learn.model.parameters()])
            self.scales.append(self.learn.scaler.get_scale())
            assert self.learn.opt.found_inf is None


def same(a: list[torch.Tensor], b: list[torch.Tensor]) -> bool:
    return all(torch.equal(p, q) for p, q in zip(a, b, strict=True))


def test_a_step_whose_gradient_overflowed_changes_nothing_but_the_scale():
    seen = Overflow()
    learner(seen, ScaledOnDevice("fp16", "cpu")).fit(1, 1e-2)
    assert [same(a, b) for a, b in zip(seen.after, seen.after[1:], strict=False)] == [False, True, False, False]
    assert seen.scales == [2.0**16, 2.0**16, 2.0**15, 2.0**15, 2.0**15]


def test_without_an_overflow_the_net_becomes_what_it_would_without_a_scale():
    scaled, plain = learner(ScaledOnDevice("fp16", "cpu")), learner(Autocast())
    for learn in (scaled, plain):
        learn.fit(2, 1e-2)
    for p, q in zip(scaled.model.parameters(), plain.model.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-3, atol=1e-4)  # scaling keeps gradients that fp16 would round to 0


class Autocast(Callback):
    """fp16 and nothing else, at the places where MixedPrecision acts."""

    order = 10
    learn: Any

    def before_batch(self) -> None:
        self.cast = torch.autocast("cpu", dtype=torch.float16)
        self.cast.__enter__()

    def after_pred(self) -> None:
        self.learn.pred = self.learn.pred.float()

    def after_loss(self) -> None:
        self.cast.__exit__(None, None, None)


class Watched(torch.Tensor):
    """A tensor that notes whether Python asks for its value."""

    asked = 0

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__name__", "") in ("item", "__bool__", "__float__", "tolist"):
            Watched.asked += 1
        return super().__torch_function__(func, types, args, kwargs or {})


@pytest.mark.parametrize(("made", "asked"), [("ours", False), ("fastai's", True)])
def test_nobody_asks_for_the_value_of_what_was_found(made, asked, monkeypatch):
    """fastai's own callback, which does ask, shows that the test would notice."""
    from fastai.callback.fp16 import MixedPrecision

    class OnCpu(MixedPrecision):
        learn: Any

        def before_fit(self) -> None:
            self.autocast, self.scales = torch.autocast("cpu", dtype=torch.float16), []
            self.learn.scaler = torch.amp.GradScaler("cpu")

    check = torch.amp.GradScaler._unscale_grads_

    def watched(self: Any, *args: Any) -> Any:
        return {place: found.as_subclass(Watched) for place, found in check(self, *args).items()}

    monkeypatch.setattr(torch.amp.GradScaler, "_unscale_grads_", watched)
    monkeypatch.setattr(Watched, "asked", 0)
    learner(ScaledOnDevice("fp16", "cpu") if made == "ours" else OnCpu()).fit(1, 1e-2)
    assert (Watched.asked > 0) is asked


def test_bf16_is_not_scaled():
    learn = learner(ScaledOnDevice("bf16", "cpu"))
    seen: list[bool] = []

    class Look(Callback):
        learn: Any

        def after_backward(self) -> None:
            seen.append(self.learn.scaler.is_enabled())

    learn.add_cb(Look())
    learn.fit(1, 1e-2)
    assert seen == [False] * N_BATCHES and getattr(learn.opt, "grad_scale") is None  # noqa: B009
