"""waits: how often the host waits for the card in a training batch, by torch's own watch, and kernels a batch.

Events are told at the first batch only, so that their waits are not counted.
"""

import collections
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from fastai.callback.core import Callback, CancelTrainException, CancelValidException  # pyright: ignore[reportAttributeAccessIssue]
from torch.profiler import ProfilerActivity, profile

from benchmarks.gpu.lab import Lab
from benchmarks.rows import row
from sota_core.recipes import Recipe
from sota_core.train.callbacks import Telemetry

N_BATCHES, N_FIRST = 10, 8  # the step is recorded at batch 4
MOST_KERNELS = 650
ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "bf16": ("bf16", {}),
    "bf16_mixup": ("bf16", {"mixup_alpha": 0.4}),
    "bf16_cutmix": ("bf16", {"cutmix_alpha": 1.0}),
    "fp16": ("fp16", {}),
}


class Window(Callback):
    """Watch N_BATCHES in the middle of an epoch, then end it; watch no longer where the fit ends or breaks before.

    is_whole  all of them were watched
    """

    learn: Any
    order = -99  # before anything of a batch

    def __init__(self, n_batches: int, watch: Any) -> None:
        self.n_batches, self.watch, self.is_on, self.is_whole = n_batches, watch, False, False

    def before_batch(self) -> None:
        if self.iter == N_FIRST:
            self.watch.__enter__()
            self.is_on = True
        elif self.iter == N_FIRST + self.n_batches:
            self.after_fit()
            self.is_whole = True
            raise CancelTrainException

    def before_validate(self) -> None:
        raise CancelValidException

    def after_fit(self) -> None:
        if self.is_on:
            self.is_on = False
            self.watch.__exit__(None, None, None)

    after_cancel_fit = after_fit


class _SyncWatch:
    """torch warns wherever the host waits; without a card it has nothing to watch."""

    def __init__(self, device: torch.device) -> None:
        self.is_on = device.type == "cuda"

    def __enter__(self) -> None:
        if self.is_on:
            torch.cuda.set_sync_debug_mode("warn")

    def __exit__(self, *why: object) -> None:
        if self.is_on:
            torch.cuda.set_sync_debug_mode("default")


def measure(lab: Lab) -> Iterator[dict[str, Any]]:
    """`gpu_waits_WHAT` a batch (0 is the bar) at the larger size, `gpu_kernels_PRECISION` a batch."""
    size, bs = lab.sizes[0]
    n_batches = 3 if lab.smoke else N_BATCHES
    for name, (precision, changes) in ROWS.items():
        if lab.has_time(f"gpu_waits_{name}", 15):
            recipe = lab.recipe(size, bs, **changes)
            lines, refused = _waits(lab, recipe, precision, n_batches)
            said = ", ".join(f"{line} {n / n_batches:.1f}" for line, n in lines.most_common(5))
            value = lines.total() / n_batches
            yield _row(f"gpu_waits_{name}", value, "waits", 0, n_batches, lab, said, refused)
    for precision in ("bf16", "fp16"):
        if lab.has_time(f"gpu_kernels_{precision}", 20):
            n_kernels, busy_s, refused = _kernels(lab, lab.recipe(size, bs), precision, n_batches)
            said = f"{size} px; the card computes {1e3 * busy_s:.1f} ms of a step"
            yield _row(f"gpu_kernels_{precision}", n_kernels, "kernels", MOST_KERNELS, n_batches, lab, said, refused)


def _row(name: str, value: float, unit: str, bar: float, n: int, lab: Lab, note: str, refused: str) -> dict[str, Any]:
    budget = None if lab.smoke else bar
    return row(name, [value], unit=unit, budget=budget, device=lab.words, note=note, refused=refused) | {"n": n}


def _waits(lab: Lab, recipe: Recipe, precision: str, n_batches: int) -> tuple[collections.Counter[str], str]:
    """Line → how often the host waited there; and why that is no figure, or ""."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        refused = _fit(lab, recipe, precision, Window(n_batches, _SyncWatch(lab.device)))
    return waited_at(seen), refused


def waited_at(seen: list[warnings.WarningMessage]) -> collections.Counter[str]:
    """Line → how many of the warnings there are torch's about a wait, in the words of its `warn_or_error_on_sync`."""
    return collections.Counter(
        f"{'/'.join(warning.filename.split('/')[-3:])}:{warning.lineno}"
        for warning in seen
        if "called a synchronizing" in str(warning.message)
    )


def _kernels(lab: Lab, recipe: Recipe, precision: str, n_batches: int) -> tuple[float, float, str]:
    """Kernels, fills and copies of a batch on the card, the seconds they take, and why that is no figure, or ""."""
    watch = profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA] if lab.device.type == "cuda" else None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        refused = _fit(lab, recipe, precision, Window(n_batches, watch))
    on_card = [
        event
        for event in watch.events() or []
        if event.device_type.name == "CUDA" and not event.is_user_annotation  # which spans kernels, and is none
    ]
    if lab.device.type == "cuda" and not on_card:
        refused = refused or "the profiler saw no kernel"
    return len(on_card) / n_batches, sum(e.time_range.elapsed_us() for e in on_card) / 1e6 / n_batches, refused


def _fit(lab: Lab, recipe: Recipe, precision: str, window: Window) -> str:
    """What `Lab.fit` returns, or that the epoch was too short for the window."""
    refused = lab.fit(recipe, lab.dls(recipe), precision, [Telemetry(_nowhere, 10**6, lambda: 0.0), window])
    if refused or window.is_whole:
        return refused
    return f"the epoch was over before batch {N_FIRST + window.n_batches}"


def _nowhere(event: Any) -> None:
    pass
