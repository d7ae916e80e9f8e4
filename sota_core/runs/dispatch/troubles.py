"""Keeps one run's trouble from the others: an error while a run is looked at is noted and logged, and the others go on.

Trouble that all runs share (the database locked or away, the disk full) is raised: the next run would meet it too.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sota_core.runs.run import Attempt, Run
from sota_core.runs.store.database import is_out_of_order
from sota_core.system.logs import about

log = logging.getLogger(__name__)

# A run at which every look has failed for this long is given up: it holds a slot that others wait for.
GIVE_UP_S = 60.0
_AGAIN_S = 20.0  # after this long the same error is logged once more


@dataclass(slots=True)
class _Trouble:
    text: str
    since: float
    told_at: float


class Troubles:
    """Errors by run and attempt, each until a look goes well. `clock` is monotonic."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.known: dict[Attempt, _Trouble] = {}

    @contextmanager
    def apart(self, run: Run) -> Iterator[None]:
        """Around whatever is done for one run: an error ends the block, not the caller.

        Raises
            the error, if it is not this run's own but meets all runs.
        """
        with about(*run.attempt_key):
            try:
                yield
            except Exception as bad:
                if is_out_of_order(bad):
                    raise
                self._note(run, bad)
            else:
                self.known.pop(run.attempt_key, None)

    def hopeless(self, run: Run) -> str | None:
        """The last error of a run at which every look has failed for GIVE_UP_S; None for any other run."""
        trouble = self.known.get(run.attempt_key)
        return trouble.text if trouble and self.clock() - trouble.since >= GIVE_UP_S else None

    def _note(self, run: Run, error: Exception) -> None:
        key, now, text = run.attempt_key, self.clock(), f"{type(error).__name__}: {error}"
        trouble = self.known.setdefault(key, _Trouble("", since=now, told_at=now))
        is_new = trouble.text != text
        if is_new or now - trouble.told_at >= _AGAIN_S:
            where = error if is_new else None  # the traceback once is enough
            log.error("the look at it failed: %s", text, exc_info=where)
            trouble.text, trouble.told_at = text, now
