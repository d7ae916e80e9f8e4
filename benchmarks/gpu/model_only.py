"""model_only: a training step from the resident pictures against the same on tensors that lie ready on the card.

Ready tensors go through our Learner, through a bare loop without one, and through a bare loop recorded as a CUDA
graph. All take turns, so that whatever else the machine does falls on all.
"""

import statistics
import time
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from fastai.data.core import DataLoaders

from benchmarks.gpu.lab import Lab, Timed, finish, refusal
from benchmarks.rows import row
from sota_core.recipes import Recipe
from sota_core.train.learner import build_model
from sota_core.train.step.graph import recorded

BUDGET = 1.10
Batches = list[tuple[torch.Tensor, torch.Tensor]]


class _Ready(list):
    """Batches that lie ready, as much of a loader as Learner asks for."""

    bs = 0
    device = None

    def to(self, device: torch.device) -> None:
        self.device = device


def measure(lab: Lab) -> Iterator[dict[str, Any]]:
    """`gpu_epoch_vs_WHAT_SIZE_PRECISION`: bare (the bar), learner and graph."""
    for size, bs in lab.sizes:
        for precision in ("bf16", "fp16"):
            if lab.has_time(f"gpu_epoch_vs_bare_{size}_{precision}", 30):
                yield from _rows(lab, size, bs, precision)


def _rows(lab: Lab, size: int, bs: int, precision: str) -> Iterator[dict[str, Any]]:
    recipe = lab.recipe(size, bs)
    dls = lab.dls(recipe)
    batches = iter(dls.train)
    ready = [
        (torch.Tensor(x), torch.Tensor(y).long()) for x, y in (next(batches) for _ in range(4 if lab.smoke else 8))
    ]
    del batches
    train = _Ready(ready * 20)
    train.bs = bs
    ready_dls = DataLoaders(train, _Ready(ready[:1]), device=lab.device)
    ways = {"bare": lambda: Timed(bare_s(lab, recipe, ready, precision), "")}
    ways["learner"] = lambda: lab.step_s(recipe, ready_dls, precision)
    if lab.device.type == "cuda" and precision == "bf16":
        ways["graph"] = lambda: Timed(bare_s(lab, recipe, ready, precision, graph=True), "")
    timed = [(lab.step_s(recipe, dls, precision), *(way() for way in ways.values())) for _ in range(lab.n_rounds)]
    for at, way in enumerate(ways, 1):
        name, ours, other = f"gpu_epoch_vs_{way}_{size}_{precision}", *_medians(timed, at)
        budget = BUDGET if way == "bare" and not lab.smoke else None
        note = f"{1e3 * ours:.1f} ms against {1e3 * other:.1f}"
        ratios = [turn[0].s / turn[at].s for turn in timed]
        refused = refusal(*(turn[i] for turn in timed for i in (0, at)))
        yield row(name, ratios, unit="ratio", budget=budget, device=lab.words, note=note, refused=refused)


def _medians(timed: list[tuple[Timed, ...]], at: int) -> tuple[float, float]:
    return statistics.median(turn[0].s for turn in timed), statistics.median(turn[at].s for turn in timed)


def bare_s(lab: Lab, recipe: Recipe, batches: Batches, precision: str, graph: bool = False) -> float:
    """Seconds of a step of torch's plain training loop: no Learner, no metrics, no events.

    Shapes
        batches  (B, 3, H, W) and (B,), all alike
    """
    kind = lab.device.type
    # on a CPU, which multiplies fp16 slowly, the runs' fp16 is bf16 too
    dtype = torch.float16 if precision == "fp16" and kind == "cuda" else torch.bfloat16
    model = build_model(recipe, lab.listing.n_classes).to(lab.device).train()
    lr = torch.tensor(1e-3, device=lab.device) if graph else 1e-3  # a graph keeps numbers as they were recorded
    opt = torch.optim.AdamW(model.parameters(), lr=lr, fused=True, capturable=graph)
    scaler = torch.amp.GradScaler(kind, enabled=precision == "fp16")
    x, y = (tensor.clone() for tensor in batches[0])
    x = x.to(memory_format=torch.channels_last)

    def step() -> None:
        with torch.autocast(kind, dtype=dtype, cache_enabled=not graph):
            loss = F.cross_entropy(model(x).float(), y)
        scaler.scale(loss).backward()
        scaler.step(opt)
        scaler.update()
        opt.zero_grad(set_to_none=True)

    run = _recorded(step) if graph else step
    n_warm, n_timed = (1, 3) if lab.smoke else (10, 60)
    for _ in range(n_warm):
        run()
    finish(lab.device)
    start = time.perf_counter()
    for i in range(n_timed):
        x.copy_(batches[i % len(batches)][0])
        y.copy_(batches[i % len(batches)][1])
        run()
    finish(lab.device)
    return (time.perf_counter() - start) / n_timed


def _recorded(step: Any) -> Any:
    """The step as a CUDA graph, warmed up on a stream of its own as torch asks for."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(8):
            step()
    torch.cuda.current_stream().wait_stream(side)
    return recorded(step)[1]
