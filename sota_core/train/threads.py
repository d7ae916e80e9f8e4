"""How many threads a training step on a CPU gets: tried again and again, for the best number changes. Imports fastai.

The threads of a step wait for one another dozens of times. Alone on the machine all cores are fastest; with one core
taken by somebody else (the app's own server, a browser), everyone waits for the thread that has lost its core, and a
step with one thread less is several times faster (figures in DECISIONS.md). Nobody can know beforehand, so the run
looks: now and then a few steps are made the other way, and the faster way is kept.

Sums are split by threads, so a change of threads rounds otherwise, and training makes that grow: the clock decides when
threads change, so runs of one seed end points apart. Whoever needs a run to repeat bit by bit fixes OMP_NUM_THREADS;
then nothing is tried.
"""

import os
import statistics
import time
from collections import deque
from collections.abc import Callable

import torch
from fastai.callback.core import Callback

from sota_core.system.processes import usable_cores

FIRST, EVERY, AT_MOST = 8, 40, 320  # steps before the first try, between tries, and at most after failed tries
N_TRIED = 3
GAIN = 0.9  # the other way must take less than this share of the time
_KEPT = 2 * N_TRIED - 1  # steps remembered: N_TRIED slow ones in a row make their median slow
SLOWER = 1.4  # steps that take this many times as long as usual start a try at once


class ThreadMeter:
    """The rule, without a clock: it is told how long each step took, and says how many threads the next one gets.

    counts  the two ways, the present one first, e.g. (2, 1)
    """

    def __init__(self, counts: tuple[int, int]) -> None:
        self.threads, self.other = counts
        self.recent: deque[float] = deque(maxlen=_KEPT)
        self.tried: list[float] | None = None
        self.left = self.interval = FIRST
        self.usual: float | None = None

    def took(self, seconds: float) -> int:
        """Threads for the next step."""
        if self.tried is not None:
            self._try(seconds)
        else:
            self.recent.append(seconds)
            self.left -= 1
            if self.left <= 0 or self._is_suddenly_slow():
                self.tried = []
        return self.threads if self.tried is None else self.other

    def _try(self, seconds: float) -> None:
        assert self.tried is not None
        present = statistics.median(self.recent)
        self.tried.append(seconds)
        hopeless = seconds > SLOWER * present
        if not hopeless and len(self.tried) < N_TRIED:
            return
        if not hopeless and statistics.median(self.tried) < GAIN * present:
            self.threads, self.other = self.other, self.threads
            self.recent = deque(self.tried, maxlen=_KEPT)
            self.interval = EVERY
        else:
            self.interval = min(AT_MOST, max(EVERY, 2 * self.interval))
        self.tried, self.left, self.usual = None, self.interval, statistics.median(self.recent)

    def _is_suddenly_slow(self) -> bool:
        last = list(self.recent)[-N_TRIED:]
        return self.usual is not None and len(last) == N_TRIED and min(last) > SLOWER * self.usual


class PickThreads(Callback):
    """Give every training step on the CPU the number of threads that is fastest now."""

    order = -30  # before the other callbacks of a step, so that their time counts too

    def __init__(self, meter: ThreadMeter, clock: Callable[[], float] = time.perf_counter) -> None:
        self.meter, self.clock = meter, clock

    def before_batch(self) -> None:
        self.began = self.clock()

    def after_step(self) -> None:
        """The end of a training step, except for bookkeeping; a cancelled step does not come here."""
        torch.set_num_threads(self.meter.took(self.clock() - self.began))

    def after_fit(self) -> None:
        torch.set_num_threads(self.meter.threads)

    after_cancel_fit = after_fit  # called also where the fit breaks: the next one should not keep what was being tried


def thread_callbacks(device: torch.device) -> list[Callback]:
    """PickThreads, or nothing on a GPU, on a single core, and where the number of threads has been fixed."""
    cores, threads = usable_cores(), torch.get_num_threads()
    if device.type != "cpu" or threads < 2 or threads < cores or "OMP_NUM_THREADS" in os.environ:
        return []
    return [PickThreads(ThreadMeter((threads, threads - 1)))]
