"""How much slower than by itself this machine works just now: what must be quick is held to a limit of that pace."""

import threading
import time
from types import TracebackType

SPIN_S = 0.005  # of a processor's time, for a look
PAUSE_S = 0.05


class Pace:
    """Use as a context manager around what is timed; then a limit of 2 s is `2 * pace.slowness`.

    slowness  1 on a machine with nothing else to do; where ten others want the same core, some 10. The worst of many
              looks while it lasted: each takes a few milliseconds of a processor's time, and the time that cost.
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
    """Seconds on the clock until this thread has had SPIN_S of a processor."""
    began, end = time.perf_counter(), time.thread_time() + SPIN_S
    while time.thread_time() < end:
        pass
    return time.perf_counter() - began
