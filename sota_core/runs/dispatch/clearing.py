"""Removes what is old: runs by age and by the room their files take, never a pinned one; visitors' own pictures;
answers that were shown to a teacher; guesses for a run that never came; and the beginnings of logs that have grown.

The limits are settings, generous by default. The dispatcher does it now and then, `runs clear` at once.
"""

import logging
from pathlib import Path

from sota_core.data.sets import own
from sota_core.people import answers
from sota_core.runs.store.guesses import WAITS_S
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from sota_core.system import clock
from sota_core.system.environment import log_folder, tail

log = logging.getLogger(__name__)

_DAY_S = 86_400.0
MAX_LOG_BYTES = 20 * 2**20
_KEPT_OF_LOG = 2**20


def clear(store: Store, settings: Settings, *, is_asked: bool = False) -> list[str]:
    """Delete what the settings do not keep; the ids of the runs removed. What cannot be deleted is skipped.

    is_asked  somebody has asked for it; else nothing is removed by its age just after the clock has leapt
    """
    removed, may_age = [], is_asked or clock.is_steady(settings.home)
    if settings.keep_days and may_age:
        removed += store.history.prune(store.session.clock() - settings.keep_days * _DAY_S)
    if settings.keep_bytes:
        removed += store.history.prune_to(settings.keep_bytes)
    if removed:
        log.info("%d old runs cleared away: %s", len(removed), " ".join(removed))
    store.history.forget()
    if gone := own.clear(settings, is_asked=is_asked):
        log.info("%d sets of visitors cleared away: %s", len(gone), " ".join(gone))
    if n := store.log.remove_own_pictures():
        log.info("%d sheets of visitors' own pictures taken out of the logs of runs", n)
    if may_age:
        answers.clear(settings.home)
        store.guesses.clear(store.session.clock() - WAITS_S)
    for log_file in log_folder(settings).glob("*.log"):  # of steppers, of pictures, of a worker that does not end
        shorten(log_file)
    return removed


def shorten(path: Path) -> None:
    """Keep only the end of a log larger than MAX_LOG_BYTES. Its writer appends, and goes on after what is kept."""
    try:
        if path.stat().st_size > MAX_LOG_BYTES:
            path.write_text(tail(path, _KEPT_OF_LOG) + "\n", encoding="utf-8")  # the same file: its writer has it open
    except FileNotFoundError:  # removed meanwhile; a dispatcher started by hand logs to the terminal
        pass
    except OSError as bad:
        log.warning("a log stays as it is: %s", bad)
