"""All steppers of a web process: one per visitor, a few in all, and none that nobody looks at.

Each place for a stepper is a locked file in SOTA_HOME, which the child holds open: whatever happens to servers and
children, a place is free exactly when no stepper uses it. All servers of one home share these few places. The file says
which network its stepper is for: a visitor without a cookie is a new one each time, and could take every place.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from sota_core.errors import QuotaError
from sota_core.language import tr
from sota_core.runs.steppers.stepper import Stepper
from sota_core.settings import Settings
from sota_core.system import locks

LEFT_S = 20.0  # without a look from its page, a stepper is ended: the tab is closed, or shows something else
IDLE_S = 180.0  # the same without a request for a step
LIFE_S = 600.0
_FORGET_S = 900.0  # without a look for this long, a stepper's last state is forgotten
_TEND_EVERY_S = 2.0


class Steppers:
    """`make` and `clock` stand in for processes and time in tests; with `tends_itself`, a thread calls `tend`."""

    def __init__(
        self,
        settings: Settings,
        *,
        make: Callable[..., Stepper] = Stepper,
        clock: Callable[[], float] = time.monotonic,
        tends_itself: bool = True,
    ) -> None:
        self.settings, self.make, self.clock, self.tends_itself = settings, make, clock, tends_itself
        self._kept: dict[str, Stepper] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self, visitor: str, job: Mapping[str, Any], *, origin: str | None = None) -> Stepper:
        """Start a stepper for this visitor; an earlier one of theirs is ended.

        origin  a name for the visitor's network (people/origins.py); None where networks do not count

        Raises
            QuotaError  all places are taken, or all but the last by the visitor's network.
        """
        with self._lock:
            if (earlier := self._kept.pop(visitor, None)) is not None:
                earlier.close()
            slot = self._take_slot(origin)
            try:
                self._kept[visitor] = stepper = self.make(job, self.settings, slot)
            finally:
                os.close(slot)  # the child has its own
            if self.tends_itself and self._thread is None:
                self._thread = threading.Thread(target=self._go_round, name="steppers", daemon=True)
                self._thread.start()
        return stepper

    def of(self, visitor: str) -> Stepper | None:
        with self._lock:
            return self._kept.get(visitor)

    def forget(self, visitor: str) -> None:
        """End this visitor's stepper, if there is one, and forget what it said."""
        with self._lock:
            stepper = self._kept.pop(visitor, None)
        if stepper is not None:
            stepper.close()

    def close(self) -> None:
        """End all of them."""
        with self._lock:
            kept, self._kept = list(self._kept.values()), {}
        for stepper in kept:
            stepper.close()

    def tend(self) -> int:
        """End steppers that nobody needs any more. Returns how many are still kept."""
        with self._lock:
            kept = dict(self._kept)
        now = self.clock()
        for visitor, stepper in kept.items():
            if now - stepper.seen_at > _FORGET_S:
                with self._lock:
                    if self._kept.get(visitor) is stepper:
                        del self._kept[visitor]
            elif why := _why_end(stepper, now):
                stepper.close(why)
        with self._lock:
            return len(self._kept)

    def _go_round(self) -> None:
        while True:
            time.sleep(_TEND_EVERY_S)
            with contextlib.suppress(OSError):
                self.tend()
            with self._lock:
                if not self._kept:
                    self._thread = None
                    return

    def _take_slot(self, origin: str | None = None) -> int:
        """The last place is for another network than the one that has all others. Not fewer for one network: that may
        be a whole school's, whose pupils would then share less than there is.
        """
        most, folder = self.settings.limits.max_steppers, self.settings.home / "steppers"
        free, near = [], 0
        with locks.held(folder / "taking.lock", poll_s=0.02):  # else two servers count at once, and both take one
            for path in (folder / f"{number}.lock" for number in range(most)):
                if (slot := locks.take(path)) is not None:
                    free.append(slot)
                elif origin is not None and path.read_text() == origin:
                    near += 1
            allowed = bool(free) and (near == 0 or near < most - 1)
            for slot in free[1 if allowed else 0 :]:
                os.close(slot)
            if allowed:
                os.ftruncate(free[0], 0)
                os.pwrite(free[0], (origin or "").encode(), 0)
                return free[0]
        if free:
            raise QuotaError(
                tr(
                    "{n} of the {most} places for small trainings are taken from your network, and the last one is "
                    "kept for others. One is free again as soon as somebody leaves the page, and after ten minutes at "
                    "the latest. Try again in a moment.",
                    n=near,
                    most=most,
                ),
                limit=most - 1,
            )
        raise QuotaError(
            tr(
                "All {n} places for small trainings are taken by others. One is free again as soon as somebody leaves "
                "the page, and after ten minutes at the latest. Try again in a moment.",
                n=most,
            ),
            limit=most,
        )


def _why_end(stepper: Stepper, now: float) -> str:
    if now - stepper.seen_at > LEFT_S:
        return "left"
    if now - stepper.started_at > LIFE_S:
        return "time"
    if stepper.is_waiting and now - stepper.asked_at > IDLE_S:
        return "idle"
    return ""
