"""epoch_vs_model: a training epoch from the cache against the same steps on tensors that lie ready on the device.

`xresnet18(widen=.5, n_out=10)` at 64 px, batches of 64, fastai's Learner, mixup off, both ways, taking turns. The
note also sets the epoch against a bare loop over the tensors: what fastai's Learner costs is then in it too.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from fastai.data.core import DataLoaders
from fastai.optimizer import Adam

from benchmarks.pictures import pictures_224
from benchmarks.rows import row
from sota_core.data.loading.cache import build_cache
from sota_core.data.loading.loaders import get_dls, split_items
from sota_core.recipes import Phase, Recipe
from sota_core.train.device import choose_precision
from sota_core.train.learner import build_learner

BUDGET = 1.15
SIZE, BS = 64, 64


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    rounds, n_batches = (3, 4) if quick else (9, 8)
    place = torch.device(device)
    dls, recipe = _dls(place, n_batches)
    ready = [(torch.Tensor(x), torch.Tensor(y).long()) for x, y in dls.train]
    ready = [(x.clone(), y.clone()) for x, y in ready]
    precision, _ = choose_precision("auto", place)
    from_cache = build_learner(recipe, dls, 10, precision, place, [])
    from_tensors = build_learner(
        recipe, DataLoaders(_Ready(ready), _Ready(ready[:1]), device=place), 10, precision, place, []
    )
    for learn in (from_cache, from_tensors):
        _epoch_s(learn)
    times = [
        (_epoch_s(from_cache), _epoch_s(from_tensors), _bare_s(from_tensors, ready, precision)) for _ in range(rounds)
    ]
    ratios = [a / b for a, b, _ in times]
    speed = n_batches * BS / statistics.median(t[0] for t in times)
    bare = statistics.median(a / c for a, _, c in times)
    return [
        row(
            "epoch_vs_model",
            ratios,
            unit="ratio",
            budget=BUDGET,
            device=f"{device}, {torch.get_num_threads()} threads, {precision}",
            note=f"{pictures_224()[1]}: {speed:.0f} pictures/s; against a bare loop without Learner {bare:.2f}",
        )
    ]


class _Ready(list):
    """Batches that lie ready, as much of a loader as Learner asks for."""

    bs = BS
    device = None

    def to(self, device: torch.device) -> None:
        self.device = device


def _dls(device: torch.device, n_batches: int) -> tuple[Any, Recipe]:
    listing, _ = pictures_224()
    recipe = Recipe(
        phases=(Phase(size=SIZE, bs=BS),),
        presize=2 * SIZE,
        normalize="imagenet",
        split="random20",
        arch="xresnet18",
        width=0.5,
    )
    cache = build_cache(listing, recipe.presize, Path(tempfile.gettempdir()) / "sota-lab-benchmarks-cache")
    split = split_items(listing, recipe)
    split = split._replace(train=split.train[: n_batches * BS], quick=split.valid[:BS])
    return get_dls(listing, listing.labels, split, recipe, recipe.phases[0], device=device, cache=cache), recipe


def _epoch_s(learn: Any) -> float:
    """Only the training half of an epoch: validation has no augmentation to pay for."""
    if learn.opt is None:
        learn.create_opt()
    start = time.perf_counter()
    with learn.no_bar() if hasattr(learn, "progress") else learn.no_logging():
        learn.epoch, learn.n_epoch = 0, 1
        with learn.removed_cbs([cb for cb in learn.cbs if type(cb).__name__ == "Recorder"]):
            learn("before_fit")
            learn._do_epoch_train()
            learn("after_fit")
    _finish(learn)
    return time.perf_counter() - start


def _bare_s(learn: Any, ready: list, precision: str) -> float:
    opt = Adam(learn.model.parameters(), lr=1e-3)
    learn.model.train()
    start = time.perf_counter()
    kind, dtype = learn.dls.device.type, torch.float16 if precision == "fp16" else torch.bfloat16
    for x, y in ready:
        with torch.autocast(kind, dtype=dtype, enabled=precision != "fp32"):
            loss = learn.loss_func(learn.model(x).float(), y)
        loss.backward()
        opt.step()
        opt.zero_grad()
    _finish(learn)
    return time.perf_counter() - start


def _finish(learn: Any) -> None:
    if learn.dls.device.type == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    for found in measure(sys.argv[1] if len(sys.argv) > 1 else "cpu"):
        print(found)
