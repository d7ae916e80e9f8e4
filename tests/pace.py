"""Measures how much slower this machine is at the moment than when it is idle. Tests of speed scale their time limits
by it.
"""

import threading
import time
from types import TracebackType

SPIN_S = 0.005  # processor time of one look
PAUSE_S = 0.05


class Pace:
    """Use as a context manager around what is timed; then a limit of 2 s is `2 * pace.slowness`.

    slowness  1 on an idle machine, about 10 where ten others want the same core: the clock time that SPIN_S of
              processor time took, divided by SPIN_S, in the worst of many looks during the block.
    """

    def __init__(self) -> None:
        self.slowness = 1.0
        self._over = threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Pace":
        self._looking.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._over.set()
        self._looking.join()

    def _look(self) -> None:
        while True:
            self.slowness = max(self.slowness, _spin() / SPIN_S)
            if self._over.wait(PAUSE_S):
                return


def _spin() -> float:
    """Clock seconds until this thread has had SPIN_S of processor time."""
    began, end = time.perf_counter(), time.thread_time() + SPIN_S
    while time.thread_time() < end:
        pass
    return time.perf_counter() - began
