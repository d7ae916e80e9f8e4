"""What a training batch asks of a GPU, counted without one: kernels, waits of the host, copies from host to device.

torch's meta device stands in for CUDA: every operation runs but for its arithmetic, on pictures resident "there". No
seconds come of it. Not counted, because torch has no autocast on meta: the casts of mixed precision, one a weight and
one a gradient of it.

    python -m benchmarks.meta                      the table of docs/performance.md
    python -m benchmarks.meta --lines ragged       where the kernels, waits and copies of that row come from
"""

import argparse
import random
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from fastai.callback.core import Callback, CancelValidException  # pyright: ignore[reportAttributeAccessIssue]

from benchmarks.device_counter import META, Counts, DeviceCounter, counting
from sota_core.data.loading.cache import PictureCache
from sota_core.data.loading.loaders import get_dls, split_items
from sota_core.data.pictures.listing import Listing
from sota_core.data.pictures.view import presized_hw
from sota_core.recipes import Phase, Recipe
from sota_core.train.callbacks import Telemetry
from sota_core.train.learner import build_learner, fit_phase

PRESIZE = 460
# Height, width and share of the commonest shapes of full Imagenette; the rest are one-offs.
COMMON = ((375, 500, 0.45), (500, 375, 0.12), (333, 500, 0.09), (500, 333, 0.04), (334, 500, 0.03), (332, 500, 0.02))
N_CLASSES = 10

PARTS = ("data", "net", "loss", "backward", "optimizer", "bookkeeping")


class _Part(Callback):
    """Tells the counter which part of the step follows."""

    learn: Any

    def __init__(self, counter: "DeviceCounter", order: int, parts: dict[str, str]) -> None:
        self.order, self.parts, self.counter = order, parts, counter

    def __call__(self, event_name: str) -> None:
        if event_name in self.parts:
            self.counter.part = self.parts[event_name]


class _Window(Callback):
    """Count the batches in the middle of the second epoch. Nothing is validated."""

    learn: Any
    order = 110

    def __init__(self, counter: "DeviceCounter") -> None:
        self.counter, self.n_fits = counter, 0

    def before_fit(self) -> None:
        self.n_fits += 1
        self.counter.is_on, self.counter.is_between = self.n_fits == 2, False

    def after_batch(self) -> None:
        self.counter.is_between = self.iter < self.n_iter - 2

    def before_validate(self) -> None:
        raise CancelValidException


def count(recipe: Recipe, shapes: str = "square", n_batches: int = 4, watch: Callback | None = None) -> Counts:
    """The recipe's first phase trained twice for n_batches, the second time counted but for its first and last batch.

    Events are told only in those two, because the telemetry's clock stands still.

    shapes  'square': all pictures 224 × 224; 'ragged': as full Imagenette's, presized to 460
    watch   one more callback of the step, for tests
    """
    phase = recipe.phases[0]
    n = 5 * (phase.bs * n_batches + 1) // 4 + 1
    listing = Listing(Path("/"), tuple("abcdefghij"), tuple(Path(str(i)) for i in range(n)), np.arange(n) % 10, None)
    split = split_items(listing, recipe)
    split = split._replace(train=split.train[: phase.bs * n_batches])
    cache = _cache(shapes, n)
    dls = get_dls(listing, listing.labels, split, recipe, phase, device=META, cache=cache)
    counts = Counts(n_batches - 2)
    counter = DeviceCounter(counts)
    learn = build_learner(recipe, dls, N_CLASSES, recipe.precision, META, [Telemetry(_nowhere, 10**6, lambda: 0.0)])
    learn.add_cbs(
        [
            _Part(counter, -40, {"after_batch": "bookkeeping"}),
            _Part(counter, -15, {"before_batch": "data"}),
            _Part(counter, 100, {"before_batch": "net", "after_pred": "loss", "after_loss": "loss"}),
            _Part(counter, 101, {"before_backward": "backward", "after_backward": "optimizer", "after_batch": "data"}),
            _Window(counter),
        ]
    )
    if watch is not None:
        learn.add_cb(watch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # autocast misses the card
        random.seed(0)
        torch.manual_seed(0)
        with counting(counter):
            for _ in range(2):
                fit_phase(learn, phase)
    return counts


def _nowhere(event: Any) -> None:
    pass


def _cache(shapes: str, n: int) -> PictureCache:
    """Black pictures of these shapes."""
    height, width = (np.full(n, 224), np.full(n, 224)) if shapes == "square" else _ragged(n)
    sizes = 3 * height * width
    pixels = np.zeros(int(sizes.sum()), np.uint8)
    return PictureCache(
        Path("/"), PRESIZE, tuple("abcdefghij"), shapes, (), np.cumsum(sizes) - sizes, height, width, pixels
    )


def _ragged(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    thresholds = np.cumsum([share for *_, share in COMMON])
    found = []
    for at in np.searchsorted(thresholds, rng.random(n), side="right"):
        side = int(rng.integers(150, 500))
        h, w = COMMON[at][:2] if at < len(COMMON) else (side, int(side * rng.uniform(1, 1.5)))
        found.append(presized_hw(h, w, PRESIZE))
    height, width = np.array(found, np.int64).T
    return height, width


def row_recipe(**changes: Any) -> Recipe:
    """The printed baseline's net and batch, one epoch."""
    phase = Phase(changes.pop("size", 224), changes.pop("bs", 64), 1, 3e-3, "fit_one_cycle")
    return Recipe(phases=(phase,), split="random20", normalize="imagenet", precision="bf16", presize=PRESIZE).replace(
        **changes
    )


ROWS: dict[str, tuple[dict[str, Any], str]] = {
    "square": ({}, "square"),
    "square, mixup": ({"mixup_alpha": 0.4}, "square"),
    "square, cutmix": ({"cutmix_alpha": 1.0}, "square"),
    "square, mixup and smoothing": ({"mixup_alpha": 0.4, "label_smoothing": 0.1}, "square"),
    "square, 128 px": ({"size": 128, "bs": 128}, "square"),
    "ragged": ({}, "ragged"),
    "ragged, cutmix": ({"cutmix_alpha": 1.0}, "ragged"),
    "ragged, padded": ({"resize": "pad"}, "ragged"),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.meta")
    parser.add_argument("--lines", metavar="ROW", choices=ROWS, help="where one row's figures come from")
    args = parser.parse_args()
    if args.lines:
        changes, shapes = ROWS[args.lines]
        print(_in_detail(count(row_recipe(**changes), shapes)))
        return 0
    print(f"| a training batch | kernels | of them {' / '.join(PARTS)} | waits | copies |\n|---|---|---|---|---|")
    for name, (changes, shapes) in ROWS.items():
        found = count(row_recipe(**changes), shapes)
        parts = " / ".join(f"{found.kernels[part] / found.n_batches:.0f}" for part in PARTS)
        print(f"| {name} | {found.kernels_a_batch:.0f} | {parts} | {found.waits:.1f} | {found.copies:.1f} |")
    return 0


def _in_detail(counts: Counts) -> str:
    lines = []
    for part in PARTS:
        top = [(name, n) for (where, name), n in counts.operations.most_common() if where == part][:12]
        said = ", ".join(f"{name} {n / counts.n_batches:.1f}" for name, n in top)
        lines.append(f"{part:12}{counts.kernels[part] / counts.n_batches:7.1f}  {said}")
    lines += [f"{n / counts.n_batches:7.1f}  {kind}  {line}" for (kind, line), n in counts.lines.most_common()]
    lines += [f"{n:7d}  {kind} at the edges  {line}" for (kind, line), n in counts.at_edges.most_common()]
    return "\n".join(lines)


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        sys.exit(main())
