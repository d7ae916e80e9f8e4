"""What the measurements on a card share: pictures, sizes, a Learner as the runs have it, a clock of its steps."""

import random
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import torch
from fastai.callback.core import Callback, CancelTrainException, CancelValidException  # pyright: ignore[reportAttributeAccessIssue]

from sota_core.data.loading.cache import PictureCache, build_cache
from sota_core.data.loading.loaders import get_dls, split_items
from sota_core.data.pictures.listing import Listing
from sota_core.recipes import Phase, Recipe, preset
from sota_core.settings import Settings
from sota_core.train.callbacks import StopOnRequest, Telemetry
from sota_core.train.device import count_memory_anew, device_in_words
from sota_core.train.learner import build_learner
from sota_core.train.step.graph import N_WARM, StepGraph, cuda_recorder

TINY = {"arch": "xresnet18", "width": 0.125}


class Timed(NamedTuple):
    """Seconds of a training step; and why it was launched where it should have been replayed, "" where it should not
    or was."""

    s: float
    refused: str


def refusal(*timed: Timed) -> str:
    """The first of these steps' reasons, "" if none has one."""
    return next((each.refused for each in timed if each.refused), "")


class StepClock(Callback):
    """Seconds a training step takes, after the first `n_warm`: of `n_timed` steps, `cap_s` seconds or what is left of
    the epoch. No validation.

    n_workers  of the loader. They get ahead while the first steps load kernels and record, and what is ready by then
               would be timed as if it had cost nothing: so an epoch ends with the first `n_warm`, and another is timed.
               They begin together and then deliver in turns: so whole turns are timed, from the end of the first one.
    """

    learn: Any
    order = 90  # after all that a step consists of

    def __init__(self, device: torch.device, n_warm: int, n_timed: int, cap_s: float, n_workers: int = 0) -> None:
        self.device, self.n_warm, self.n_timed, self.cap_s = device, n_warm, n_timed, cap_s
        self.n_workers = n_workers
        self.n, self.start, self.step_s = 0, 0.0, 0.0

    def after_batch(self) -> None:
        if not self.training:
            return
        self.n += 1
        n_after = self.n_after
        if self.n_workers and self.n == self.n_warm:
            raise CancelTrainException
        if n_after == 0:
            finish(self.device)
            self.start = time.perf_counter()
        elif n_after > 0 and n_after % max(1, self.n_workers) == 0:
            is_over = n_after >= self.n_timed or time.perf_counter() - self.start > self.cap_s
            if is_over or self.n_workers:
                self._stop(n_after)
            if is_over:
                raise CancelTrainException

    def after_train(self) -> None:
        """If the epoch is over before that: the mean of the steps there were."""
        if not self.step_s and self.n_after > 0:
            self._stop(self.n_after)

    @property
    def n_after(self) -> int:
        """Steps since the time counts; below 0 before it does."""
        return self.n - self.n_warm - self.n_workers

    def _stop(self, n_timed: int) -> None:
        finish(self.device)
        self.step_s = (time.perf_counter() - self.start) / n_timed

    def before_validate(self) -> None:
        raise CancelValidException


@dataclass
class Lab:
    """One card, one set of pictures and the time there is.

    smoke  tiny nets and few steps: every line runs, the figures mean nothing
    ends   of time.monotonic(): what cannot be done by then goes to `missed`
    recordings  where `seven` leaves one of each run; None: nowhere
    fits   experiment → seconds of fitting, pictures trained and validated on; filled by `seven`
    """

    device: torch.device
    settings: Settings
    listing: Listing
    smoke: bool
    ends: float
    recordings: Path | None = None
    missed: list[str] = field(default_factory=list)
    fits: dict[str, tuple[float, int, int]] = field(default_factory=dict)

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Picture size and batch of the printed experiments."""
        return ((32, 16), (24, 16)) if self.smoke else ((224, 64), (128, 128))

    @property
    def n_rounds(self) -> int:
        """How often each of the things compared is measured, taking turns."""
        return 1 if self.smoke else 3

    @property
    def words(self) -> str:
        return device_in_words(self.device)

    @cached_property
    def cache(self) -> PictureCache:
        return build_cache(self.listing, preset("baseline_fp16").presize, self.settings.cache_dir)

    def has_time(self, what: str, seconds: float) -> bool:
        """Whether so many seconds are left; if not, `what` is noted as missed."""
        if time.monotonic() + seconds < self.ends:
            return True
        self.missed.append(what)
        return False

    def recipe(self, size: int, bs: int, **changes: Any) -> Recipe:
        """The printed baseline's net on one phase of this size."""
        tiny = TINY if self.smoke else {}
        phase = Phase(size, bs, 1, 3e-3, "fit_one_cycle")
        return preset("baseline_fp16").replace(phases=(phase,), normalize="imagenet", **tiny).replace(**changes)

    def dls(self, recipe: Recipe) -> Any:
        split = split_items(self.listing, recipe)
        cache = self.cache if recipe.loader == "cache" else None
        return get_dls(
            self.listing, self.listing.labels, split, recipe, recipe.phases[0], device=self.device, cache=cache
        )

    def step_s(
        self,
        recipe: Recipe,
        dls: Any,
        precision: str,
        cap_s: float = 1.0,
        graph: StepGraph | None = None,
        is_launched: bool = False,
        n_workers: int = 0,
    ) -> Timed:
        """A training step of the runs' own Learner, telemetry and all, over these loaders.

        n_workers  of the loader: then it is timed for all of `cap_s`, or to the end of an epoch
        """
        n_warm, n_timed = (N_WARM + 1, 3) if self.smoke else (10, 10**6 if n_workers else 40)
        clock = StepClock(self.device, n_warm, n_timed, cap_s, n_workers)
        usual = [Telemetry(_nowhere, 10**6), StopOnRequest(lambda: False), clock]
        refused = self.fit(recipe, dls, precision, usual, graph, is_launched, n_epochs=2 if n_workers else 1)
        return Timed(clock.step_s, refused)

    def fit(
        self,
        recipe: Recipe,
        dls: Any,
        precision: str,
        cbs: list[Callback],
        graph: StepGraph | None = None,
        is_launched: bool = False,
        n_epochs: int = 1,
    ) -> str:
        """A callback may end an epoch sooner. As runs do, a card replays the steps, unless `is_launched`.

        Returns why its steps were launched where they should have been replayed, else "".
        """
        if graph is None and self.device.type == "cuda" and not is_launched:
            graph = StepGraph(precision, cuda_recorder, lambda said: None)
        random.seed(0)
        torch.manual_seed(0)
        count_memory_anew(self.device)
        learn = build_learner(recipe, dls, self.listing.n_classes, precision, self.device, cbs, graph)
        learn.fit_one_cycle(n_epochs, 3e-3)
        if graph is None or graph.n_replayed:
            return ""
        return " ".join(sorted(graph.said)) or "no step was recorded"


def finish(device: torch.device) -> None:
    """Wait until the card has done what it was given; a CPU has by then."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def _nowhere(event: Any) -> None:
    pass
