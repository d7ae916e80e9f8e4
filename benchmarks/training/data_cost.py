"""data_cost: seconds a training picture costs before the net sees it, our cached loader against the chapter's.

Both give normalized batches of 64, augmented, from 224 px pictures. The chapter's has worker processes, two or as
many as fastai takes (one a core, up to sixteen), whichever is faster, and is spared the enlarging to 460 px (presize
224); ours is presized to twice the size and makes its batches itself. They take turns, so that whatever else the
machine does falls on all.
"""

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks.pictures import pictures_224
from benchmarks.rows import row
from sota_core.data.loading.cache import build_cache
from sota_core.data.loading.files_loader import n_workers
from sota_core.data.loading.loaders import get_dls, split_items
from sota_core.recipes import Phase, Recipe

BUDGET = 0.2
BS = 64


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    """One row per size: `data_cost_64`, `data_cost_128`."""
    rounds, n_batches = (3, 5) if quick else (7, 10)
    return [_row(size, torch.device(device), rounds, n_batches) for size in (64, 128)]


def _row(size: int, device: torch.device, rounds: int, n_batches: int) -> dict[str, Any]:
    ours = _train_dl("cache", size, 2 * size, device, n_batches)
    stock = _train_dl("files", size, 224, device, n_batches)
    chapters = {n: stock.new(num_workers=n) for n in sorted({min(2, n_workers()), n_workers()})}
    for dl in (ours, *chapters.values()):
        _seconds_per_picture(dl)
    rows = [[_seconds_per_picture(dl) for dl in (ours, *chapters.values())] for _ in range(rounds)]
    a, *theirs = (statistics.median(times) for times in zip(*rows, strict=True))
    best = 1 + theirs.index(min(theirs))
    ratios = [times[0] / times[best] for times in rows]
    said = ", ".join(f"{1 / b:.0f} with {n} workers" for n, b in zip(chapters, theirs, strict=True))
    return row(
        f"data_cost_{size}",
        ratios,
        unit="ratio",
        budget=BUDGET,
        device=f"{device}, {torch.get_num_threads()} threads",
        note=f"{pictures_224()[1]}: {1 / a:.0f} pictures/s, the chapter's loader {said}",
    )


def _train_dl(loader: str, size: int, presize: int, device: torch.device, n_batches: int) -> Any:
    listing, _ = pictures_224()
    recipe = Recipe(
        phases=(Phase(size=size, bs=BS),), presize=presize, loader=loader, normalize="imagenet", split="random20"
    )
    cache = None
    if loader == "cache":
        cache = build_cache(listing, presize, Path(tempfile.gettempdir()) / "sota-lab-benchmarks-cache")
    split = split_items(listing, recipe)
    split = split._replace(train=split.train[: n_batches * BS], quick=split.valid[:BS])
    return get_dls(listing, listing.labels, split, recipe, recipe.phases[0], device=device, cache=cache).train


def _seconds_per_picture(dl: Any) -> float:
    random.seed(0)
    start, n = time.perf_counter(), 0
    for x, _ in dl:
        n += len(x)
    if x.device.type == "cuda":
        torch.cuda.synchronize()
    return (time.perf_counter() - start) / n


if __name__ == "__main__":
    for found in measure(sys.argv[1] if len(sys.argv) > 1 else "cpu"):
        print(found)
