"""stock: a training step from the resident pictures against one from fastai's own loader, in this very process.

fastai's loader with two workers and with as many as fastai takes where there are the cores; the bar is against
whichever is faster.
"""

from collections.abc import Iterator
from typing import Any

from fastai.data.core import DataLoaders

from benchmarks.gpu.lab import Lab, refusal
from benchmarks.rows import row
from sota_core.data.loading.files_loader import n_workers

AT_LEAST = (5.0, 8.0)  # times as fast, at the larger and the smaller size


def measure(lab: Lab) -> Iterator[dict[str, Any]]:
    """`gpu_stock_SIZE`: how many times longer a step takes from fastai's loader at its best."""
    for (size, bs), budget in zip(lab.sizes, AT_LEAST, strict=True):
        if lab.has_time(f"gpu_stock_{size}", 40):
            yield _row(lab, size, bs, budget)


def _row(lab: Lab, size: int, bs: int, budget: float) -> dict[str, Any]:
    recipe = lab.recipe(size, bs)
    ours = lab.step_s(recipe, lab.dls(recipe), "bf16")
    stock = lab.dls(recipe.replace(loader="files"))
    theirs = {}
    for n in sorted({min(2, n_workers()), n_workers()}):
        dls = DataLoaders(stock.train.new(num_workers=n), stock.valid, device=lab.device)
        theirs[n] = lab.step_s(recipe, dls, "bf16", cap_s=5, n_workers=n)
    said = ", ".join(f"{bs / each.s:.0f} with {n} workers" for n, each in theirs.items())
    return row(
        f"gpu_stock_{size}",
        [min(each.s for each in theirs.values()) / ours.s],
        unit="ratio",
        better="higher",
        budget=None if lab.smoke else budget,
        device=lab.words,
        note=f"{bs / ours.s:.0f} pictures/s, fastai's loader {said}",
        refused=refusal(ours, *theirs.values()),
    )
