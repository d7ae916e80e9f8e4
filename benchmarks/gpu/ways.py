"""ways: a training step launched kernel by kernel against one replayed as a CUDA graph.

Without a card nothing is recorded: a stand-in works every step out anew, so that all lines run.
"""

import random
import statistics
from collections.abc import Callable, Iterator
from typing import Any

import torch
from fastai.callback.core import Callback, CancelFitException  # pyright: ignore[reportAttributeAccessIssue]
from torch import Tensor

from benchmarks.gpu.lab import Lab, Timed, refusal
from benchmarks.rows import row
from sota_core.recipes import Recipe
from sota_core.train.step.graph import StepGraph, cuda_recorder

N_COMPARED = 10
FARTHEST = 0.05  # of losses near 2, after ten steps: cuDNN's sums differ from run to run by themselves


class Anew:
    """A recorder that records nothing: at each replay all is worked out again, into the first results' places."""

    def __init__(self) -> None:
        self.n_recorded = self.n_replayed = 0

    def __call__(self, work: Callable[[], list[Tensor]]) -> tuple[list[Tensor], Callable[[], None]]:
        made = [torch.full_like(t, float("nan")) for t in work()]  # no figures before the first replay
        self.n_recorded += 1

        def replay() -> None:
            self.n_replayed += 1
            for place, t in zip(made, work(), strict=True):
                place.copy_(t)

        return made, replay


class _Losses(Callback):
    """The losses of the first steps; then the fit ends."""

    order = 90
    learn: Any

    def __init__(self, n: int) -> None:
        self.n, self.found = n, []

    def after_batch(self) -> None:
        self.found.append(self.learn.loss.detach().clone())
        if len(self.found) == self.n:
            raise CancelFitException


def measure(lab: Lab) -> Iterator[dict[str, Any]]:
    """`gpu_graph_SIZE_PRECISION`, a replayed step over a launched one; `gpu_graph_losses_WHAT`, how far theirs part."""
    for size, bs in lab.sizes:
        recipe = lab.recipe(size, bs)
        dls = lab.dls(recipe)
        for precision in ("bf16", "fp16"):
            name = f"gpu_graph_{size}_{precision}"
            if not lab.has_time(name, 20):
                continue
            turns = [
                [step_s(lab, recipe, dls, precision, graph=graph) for graph in (False, True)]
                for _ in range(lab.n_rounds)
            ]
            launched, replayed = (1e3 * statistics.median(s for s, _ in each) for each in zip(*turns, strict=True))
            said = f"launched {launched:.1f} ms, replayed {replayed:.1f}"
            ratios = [replayed.s / launched.s for launched, replayed in turns]
            refused = refusal(*(replayed for _, replayed in turns))
            yield row(name, ratios, unit="ratio", budget=None, device=lab.words, note=said, refused=refused)
    size, bs = lab.sizes[-1]
    for what, changes in (("mixup", {"mixup_alpha": 0.4, "label_smoothing": 0.1}), ("cutmix", {"cutmix_alpha": 1.0})):
        if lab.has_time(f"gpu_graph_losses_{what}", 10):
            recipe = lab.recipe(size, bs, **changes)
            (launched, _), (replayed, refused) = (losses(lab, recipe, "bf16", graph=graph) for graph in (False, True))
            apart = farthest(launched, replayed)
            name = f"gpu_graph_losses_{what}"
            found = row(name, [apart], unit="", budget=FARTHEST, device=lab.words, refused=refused)
            yield found | {"value": apart}


def step_s(lab: Lab, recipe: Recipe, dls: Any, precision: str, *, graph: bool) -> Timed:
    """A step, replayed as a graph or launched."""
    recorded = _graph(lab, precision) if graph else None
    return lab.step_s(recipe, dls, precision, graph=recorded, is_launched=not graph)


def losses(lab: Lab, recipe: Recipe, precision: str, *, graph: bool, n: int = N_COMPARED) -> tuple[list[float], str]:
    """Losses of the first n steps, and what `Lab.fit` returns.

    The same seed gives the same pictures, views and weights.
    """
    seen = _Losses(n)
    random.seed(0)  # a loader takes the order of its pictures from here when it is made
    recorded = _graph(lab, precision) if graph else None
    refused = lab.fit(recipe, lab.dls(recipe), precision, [seen], recorded, not graph)
    return [float(loss) for loss in seen.found], refused


def farthest(a: list[float], b: list[float]) -> float:
    return max(abs(x - y) for x, y in zip(a, b, strict=True))


def _graph(lab: Lab, precision: str) -> StepGraph:
    if lab.device.type == "cuda":
        return StepGraph(precision, cuda_recorder, lambda said: None)
    # a CPU multiplies fp16 slowly; the runs' fp16 is bf16 there too
    return StepGraph("bf16", Anew(), lambda said: None)
