"""fastai's Adam in one kernel for all parameters. Imports fastai."""

from dataclasses import dataclass
from typing import Any

import torch
from fastai.optimizer import Optimizer
from torch.optim.adamw import adamw

_EVERY_FLAG: dict[str, Any] = {
    "amsgrad": False,
    "foreach": False,
    "fused": True,
    "capturable": False,
    "differentiable": False,
    "has_complex": False,
    "maximize": False,
}


class FusedAdam(Optimizer):
    """The numbers of `fastai.optimizer.Adam` (decoupled weight decay), its defaults and its hyperparameters.

    fastai walks over the parameters in Python, half a dozen small kernels each; torch's fused AdamW takes them all
    at once: half the time on two CPU cores for xresnet18(widen=.5), and on a GPU hundreds of launches less a step.
    What fastai keeps per parameter (`do_wd`, `force_train`) is respected; norm layers and biases are not decayed. The
    numbers differ in one case: a parameter that is frozen after it was trained stays as it is. In fastai it then has a
    gradient of zeros, so its decay goes on: by about a ten-thousandth of the weight in an epoch.

    grad_scale, found_inf  () float32, on the parameters' device, for the next step: gradients are divided by
                           grad_scale; if found_inf is not 0, parameters and state stay as they are. The host does not
                           wait for either.

    Source: fastai 2.8.12 optimizer.py, torch.optim.AdamW.
    """

    grad_scale: torch.Tensor | None = None
    found_inf: torch.Tensor | None = None
    _together: "list[_Together] | None" = None  # made at the first step, when it is known what is decayed

    def __init__(
        self,
        params: Any,
        lr: float,
        mom: float = 0.9,
        sqr_mom: float = 0.99,
        eps: float = 1e-5,
        wd: float = 0.01,
    ) -> None:
        super().__init__(params, [], lr=lr, mom=mom, sqr_mom=sqr_mom, eps=eps, wd=wd)

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        """One step of every parameter that has a gradient."""
        if closure is not None:
            raise NotImplementedError("FusedAdam takes no closure; call backward yourself, then step()")
        if self._together is None:
            self._together = [
                _Together.of(self, at, decays) for at in range(len(self.hypers)) for decays in (True, False)
            ]
        for some in self._together:
            hyper: Any = self.hypers[some.group]
            some.step(hyper, self.grad_scale, self.found_inf)

    def clear_state(self) -> None:
        super().clear_state()
        self._together = None

    def load_state_dict(self, sd: dict[str, Any]) -> None:
        super().load_state_dict(sd)
        self._together = None

    def zero_grad(self) -> None:
        """Forget the gradients; fastai fills each with zeros, to which the next step's would be added one by one."""
        for group in self.param_lists:
            for p in group:
                p.grad = None


@dataclass(frozen=True, slots=True)
class _Together:
    """The parameters of one group that are decayed, or those that are not, with their state: looked up only once."""

    group: int
    decays: bool
    params: list[torch.Tensor]
    grad_avg: list[torch.Tensor]
    sqr_avg: list[torch.Tensor]
    steps: list[torch.Tensor]

    @classmethod
    def of(cls, optimizer: FusedAdam, group: int, decays: bool) -> "_Together":
        found = [p for p in optimizer.param_lists[group] if optimizer.state[p].get("do_wd", True) is decays]
        states = [_state_of(optimizer, p) for p in found]
        return cls(group, decays, found, *([s[name] for s in states] for name in ("grad_avg", "sqr_avg", "step")))

    def step(self, hyper: dict[str, float], grad_scale: torch.Tensor | None, found_inf: torch.Tensor | None) -> None:
        grads = [p.grad for p in self.params]
        lists = [self.params, grads, self.grad_avg, self.sqr_avg, self.steps]
        if any(grad is None for grad in grads):
            there = [i for i, grad in enumerate(grads) if grad is not None]
            lists = [[some[i] for i in there] for some in lists]
        if not lists[0]:
            return
        params, given, grad_avg, sqr_avg, steps = lists
        adamw(
            params,
            given,
            grad_avg,
            sqr_avg,
            [],
            steps,
            beta1=hyper["mom"],
            beta2=hyper["sqr_mom"],
            lr=hyper["lr"],
            weight_decay=hyper["wd"] if self.decays else 0.0,
            eps=hyper["eps"],
            grad_scale=grad_scale,
            found_inf=found_inf,
            **_EVERY_FLAG,
        )


def _state_of(optimizer: Optimizer, p: torch.Tensor) -> dict[str, Any]:
    state = optimizer.state[p]
    if "step" not in state:
        state["grad_avg"] = torch.zeros_like(p, memory_format=torch.preserve_format)
        state["sqr_avg"] = torch.zeros_like(p, memory_format=torch.preserve_format)
        state["step"] = torch.zeros((), dtype=torch.float32, device=p.device)
    return state
