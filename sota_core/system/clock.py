"""Can the clock be trusted, before something is removed for good because of its age?

A machine may start with its clock a year ahead, until the network sets it. To that clock, everything looks too old.
"""

import contextlib
import logging
import time
from pathlib import Path

from sota_core.system.files import read_json, write_json

log = logging.getLogger(__name__)

LEAP_S = 7 * 86_400.0  # a larger change since the last look is a leap; a home that nobody used for longer looks alike
STAYS_S = 3600.0  # a clock that has stayed for this long after a leap is trusted: by then, a wrong one is set right


def is_steady(home: Path, now: float | None = None) -> bool:
    """Has the clock gone on normally since this was last asked, as far as can be told?

    After a leap, forwards or backwards: False until the clock has stayed there for STAYS_S. At the first call: True.
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
    with contextlib.suppress(OSError):  # the disk is full: the answer stands, since removing what is old helps
        write_json(file, [last, leapt])
    return is_so
