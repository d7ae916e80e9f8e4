"""How many runs may train on this machine at the same time, and which card and how many threads each of them gets."""

import os
from collections import Counter
from collections.abc import Callable, Iterable

from sota_core.runs.executors import gpus
from sota_core.runs.executors.gpus import Gpu
from sota_core.settings import Settings
from sota_core.system.processes import usable_cores


class Slots:
    """SOTA_SLOTS slots; without it one per card; without a card one.

    Several runs on one card share its arithmetic: together they finish no sooner than one after the other, and each
    takes a multiple of its budget and its forecast. SOTA_SLOTS allows that all the same. The cards are looked at here
    and in `look_again`, never while a run waits to start.
    """

    def __init__(self, settings: Settings, find: Callable[[], list[Gpu]] = gpus.find) -> None:
        self.settings, self.find = settings, find
        self.gpus = find()

    def look_again(self) -> None:
        """To be called when no worker is alive, since the memory they held is free now."""
        self.gpus = self.find()

    @property
    def count(self) -> int:
        return self.settings.slots or len(self.gpus) or 1

    def environment(self, taken: Iterable[str | None]) -> dict[str, str]:
        """The variables that a new worker gets, so that workers do not take cores and cards from one another.

        taken  the uuid of each living worker's card, as it was given here; None for a worker without a card of its own
        """
        share: dict[str, str] = {}
        if self.count > 1 and "OMP_NUM_THREADS" not in os.environ:
            share["OMP_NUM_THREADS"] = str(max(1, usable_cores() // self.count))
        if len(self.gpus) > 1:
            share["CUDA_VISIBLE_DEVICES"] = self._emptiest(taken).uuid
        return share

    def _emptiest(self, taken: Iterable[str | None]) -> Gpu:
        """The card with the fewest workers; of equals the one with most free memory."""
        workers = Counter(taken)
        return min(self.gpus, key=lambda gpu: (workers[gpu.uuid], -gpu.free_mib))
