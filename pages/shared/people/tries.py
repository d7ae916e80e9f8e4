"""Tries at a secret: who guesses keeps those waiting who come from the same network, and nobody else.

Of a lane one is answered at a time. A wrong one holds its lane, longer with each, so a network gets one guess in two
seconds however many browsers it opens; and a few at most wait in it, so that the right one is not behind sixty others.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

FIRST_S, LONGEST_S = 0.5, 2.0  # a wrong try holds its lane for so long
FORGOTTEN_S = 600.0  # after so long without a wrong one a lane begins anew
MOST_WAITING = 3
_MOST_LANES = 4096


@dataclass(slots=True)
class _Lane:
    lock: threading.Lock = field(default_factory=threading.Lock)
    inside: int = 0
    wrong: int = 0
    wrong_at: float = float("-inf")


class Tries:
    """One for the whole process; threads may share it. `clock` is monotonic."""

    def __init__(self, *, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic):
        self.sleep, self.clock = sleep, clock
        self._guard = threading.Lock()
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()

    def answer(self, lane_name: str, is_right: bool) -> bool | None:
        """`is_right`, in its turn; None where too many wait in the lane already: the try does not count. Blocking."""
        with self._guard:
            lane = self._lanes.setdefault(lane_name, _Lane())
            self._lanes.move_to_end(lane_name)
            if lane.inside > MOST_WAITING:
                return None
            lane.inside += 1
            self._forget()
        try:
            with lane.lock:
                if is_right:
                    return True
                if self.clock() - lane.wrong_at > FORGOTTEN_S:
                    lane.wrong = 0
                self.sleep(min(LONGEST_S, FIRST_S * 2.0 ** min(lane.wrong, 10)))
                lane.wrong, lane.wrong_at = lane.wrong + 1, self.clock()
                return False
        finally:
            with self._guard:
                lane.inside -= 1

    def _forget(self) -> None:
        for name in list(self._lanes)[: max(0, len(self._lanes) - _MOST_LANES)]:
            if not self._lanes[name].inside:
                del self._lanes[name]
