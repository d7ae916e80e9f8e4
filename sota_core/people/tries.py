"""Slows down guessing at a secret: wrong tries keep others from the same network waiting, and nobody else.

Each network has a lane, in which one try is answered at a time. A wrong try holds its lane, longer each time, so that a
network gets one guess in two seconds, however many browsers it opens on however many web processes. Only a few tries
may wait in a lane, so that the right one is not behind sixty others. The state of all lanes is in a file that all
processes of a home share.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sota_core.system import locks
from sota_core.system.files import read_json, write_json

FIRST_S, LONGEST_S = 0.5, 2.0  # how long a wrong try holds its lane: the first one, and at most
FORGOTTEN_S = 600.0  # after this long without a wrong try, the next one counts as the first
MOST_WAITING = 3
MOST_LANES, MOST_KNOWN = 4096, 256
FILE_NAME = "tries.json"

_unwritten = threading.Lock()  # in place of the file's lock, if the home cannot be written


class Tries:
    """The tries in one home, which threads and processes share: `clock` tells seconds since 1970, the same to all."""

    def __init__(
        self, home: Path, *, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.time
    ):
        self.path, self.sleep, self.clock = home / FILE_NAME, sleep, clock

    def answer(self, lane_name: str, is_right: bool) -> bool | None:
        """Wait for this try's turn, then return `is_right`. None at once, uncounted, if too many wait in the lane."""
        try:
            with self._kept() as kept:
                wait_s = self._take_place(kept["lanes"], lane_name, is_right)
        except OSError:  # a full disk must not keep the teacher out, who could make room
            with _unwritten:
                self.sleep(0.0 if is_right else LONGEST_S)
            return is_right
        if wait_s is None:
            return None
        self.sleep(wait_s)
        return is_right

    def _take_place(self, lanes: dict[str, Any], name: str, is_right: bool) -> float | None:
        """Seconds this try waits; None if the lane is full. A wrong try holds the lane until its wait is over."""
        now = self.clock()
        lane = lanes.pop(name, None) or {"wrong": 0, "at": now, "ends": []}
        lanes[name] = lane  # put last: the lanes that nobody used for longest are forgotten first
        # Ends that lie too far ahead are dropped: the clock has been set back since.
        ends = lane["ends"] = [end for end in lane["ends"] if now < end <= now + (MOST_WAITING + 1) * LONGEST_S]
        if len(ends) > MOST_WAITING:
            return None
        begin = max([now, *ends])
        if is_right:
            return begin - now
        wrong = lane["wrong"] if now - lane["at"] <= FORGOTTEN_S else 0
        end = begin + min(LONGEST_S, FIRST_S * 2.0 ** min(wrong, 10))
        lane["wrong"], lane["at"] = wrong + 1, end
        ends.append(end)
        for oldest in list(lanes)[: max(0, len(lanes) - MOST_LANES)]:
            del lanes[oldest]
        return end - now

    def knows(self, owner: str) -> bool:
        """Has this owner been right before, on any process?"""
        return owner in _read(self.path)["known"]

    def remember(self, owner: str) -> None:
        """Remember that this owner was right: `knows` then says so, and they can be given a lane of their own.

        Raises
            OSError  the home cannot be written; nothing is remembered.
        """
        with self._kept() as kept:
            known = [one for one in kept["known"] if one != owner]
            kept["known"] = [*known, owner][-MOST_KNOWN:]

    @contextmanager
    def _kept(self) -> Iterator[dict[str, Any]]:
        """The file's content, to be changed within the block and written at its end. One at a time."""
        with locks.held(self.path.with_suffix(".lock"), poll_s=0.005):
            kept = _read(self.path)
            yield kept
            write_json(self.path, kept)


def _read(path: Path) -> dict[str, Any]:
    found = read_json(path)
    return found if isinstance(found, dict) else {"lanes": {}, "known": []}
