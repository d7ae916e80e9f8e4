"""Can the clock be trusted, before something is removed for good because of its age?

A machine may start with its clock a year ahead, until the network sets it. To that clock, everything looks too old. A
home that nobody has used for a year looks alike, but for a second clock: the machine's uptime, which nobody sets.
"""

import contextlib
import logging
import time
from pathlib import Path
from typing import Any, NamedTuple

from sota_core.system.files import read_json, write_json
from sota_core.system.processes import boot_id

log = logging.getLogger(__name__)

LEAP_S = 7 * 86_400.0  # the clock has leapt where it differs by more than this from what the uptime says
STAYS_S = 3600.0  # a clock that has stayed for this long after a leap is trusted: by then, a wrong one is set right
SET_S = 600.0  # by then the network has set a clock that is wrong at every start


class Mark(NamedTuple):
    """What the clock said, in which run of the machine ("": not known), and how long that had lasted, with sleep."""

    now: float
    boot: str
    uptime_s: float

    def goes_on_from(self, other: "Mark") -> bool:
        """Has the clock moved by what has passed, as far as can be told? Over a restart: by anything up to LEAP_S."""
        passed = self.uptime_s - other.uptime_s if self.boot and self.boot == other.boot else 0.0
        return abs(self.now - other.now - passed) <= LEAP_S

    def is_after_a_restart(self, other: "Mark") -> bool:
        return bool(self.boot and other.boot) and self.boot != other.boot


def is_steady(home: Path, now: float | None = None, up: tuple[str, float] | None = None) -> bool:
    """Has the clock gone on normally since this was last asked, as far as can be told?

    After a leap, forwards or backwards: False until the clock has stayed there for STAYS_S. Whether it leapt while the
    machine was off, nobody can tell. Then it is believed once the machine has been up for STAYS_S; where it has been
    started once more and the clock has gone on, for SET_S. Lessons of less than an hour, with the machine off between
    them, must not keep everything for ever. At the first call: True.

    now  in place of the clock
    up   in place of the machine's boot and uptime
    """
    here, file = Mark(time.time() if now is None else now, *(_uptime() if up is None else up)), home / "clock.json"
    last, leapt = _read(file) or (here, None)
    is_so = here.goes_on_from(last) or (here.is_after_a_restart(last) and here.uptime_s >= STAYS_S)
    is_restarted = leapt is not None and here.is_after_a_restart(leapt)
    if not is_so and leapt is not None and here.now - leapt.now >= STAYS_S:
        is_so = here.uptime_s >= SET_S if is_restarted else here.goes_on_from(leapt)
    if is_so:
        last, leapt = here, None
    elif leapt is None or here.now < leapt.now or not (is_restarted or here.goes_on_from(leapt)):
        days = (here.now - last.now) / 86_400
        log.warning("the clock has leapt by %.0f days: nothing is removed for its age for now", days)
        leapt = here
    with contextlib.suppress(OSError):  # the disk is full: the answer stands, since removing what is old helps
        write_json(file, {"last": last, "leapt": leapt})
    return is_so


def _uptime() -> tuple[str, float]:
    """The machine's boot and uptime; ("", 0.0) where the system does not tell."""
    counted = getattr(time, "CLOCK_BOOTTIME", None)
    return ("", 0.0) if counted is None else (boot_id(), time.clock_gettime(counted))


def _read(file: Path) -> tuple[Mark, Mark | None] | None:
    found = read_json(file)
    try:
        if isinstance(found, list):  # of an earlier version: two times
            last, leapt = (Mark(float(at), "", 0.0) for at in found)
            return last, None if leapt == last else leapt
        return _mark(found["last"]), None if found["leapt"] is None else _mark(found["leapt"])
    except (TypeError, ValueError, KeyError):
        return None


def _mark(found: Any) -> Mark:
    now, boot, uptime_s = found
    return Mark(float(now), str(boot), float(uptime_s))
