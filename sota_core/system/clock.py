"""May the time of day be believed where old things are removed for good?

A machine may wake with a clock that is a year ahead until the network sets it: all that is kept by age is too old then.
"""

import contextlib
import logging
import time
from pathlib import Path

from sota_core.system.files import read_json, write_json

log = logging.getLogger(__name__)

LEAP_S = 7 * 86_400.0  # a home at which nobody was for so long looks like a clock that has leapt
STAYS_S = 3600.0  # whatever sets a clock right has done it by then


def is_steady(home: Path, now: float | None = None) -> bool:
    """Has the clock gone on from where it was when this was asked last, as far as can be told?

    After a leap, to either side, not until it has stayed there for STAYS_S. Where nothing is known: yes.
    """
    now, file = time.time() if now is None else now, home / "clock.json"
    try:
        last, leapt = map(float, read_json(file))
    except (TypeError, ValueError):
        last = leapt = now
    is_so = abs(now - last) <= LEAP_S or STAYS_S <= now - leapt <= LEAP_S
    if is_so:
        last = leapt = now
    elif not 0 <= now - leapt <= LEAP_S:
        log.warning("the clock has leapt by %.0f days: nothing is removed for its age for now", (now - last) / 86_400)
        leapt = now
    with contextlib.suppress(OSError):  # a full disk: then what is old may go all the same
        write_json(file, [last, leapt])
    return is_so
