"""What `serve` looks after although nobody is visiting: that a dispatcher is there for runs that wait, and that what is
too old is removed.
"""

import logging
import sqlite3
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from sota_core.cli.hosting.readiness import store_and_dispatcher
from sota_core.errors import SotaError
from sota_core.runs.dispatch import clearing, dispatcher
from sota_core.runs.dispatch.starter import Starter
from sota_core.runs.store.store import Store

log = logging.getLogger(__name__)

LOOK_S, CLEAR_S = 30.0, 3600.0


class Upkeep:
    """To be asked often; it does what is due, the first time after LOOK_S. `clock` is monotonic."""

    def __init__(self, starter: Starter, clock: Callable[[], float] = time.monotonic) -> None:
        self.starter, self.settings, self.clock = starter, starter.settings, clock
        self.looked_at, self.cleared_at = clock(), float("-inf")

    def do_what_is_due(self) -> None:
        """Blocks for seconds at most. Never fails: what could not be done is logged, and tried again when it is due."""
        now = self.clock()
        if now - self.looked_at <= LOOK_S:
            return
        self.looked_at = now
        store_and_dispatcher(self.starter)
        # A dispatcher clears too, but where nothing is trained there is none, and visitors' pictures would stay.
        if now - self.cleared_at > CLEAR_S and dispatcher.status(self.settings) is None:
            self.cleared_at = now
            try:
                with Store(self.settings) as store:
                    clearing.clear(store, self.settings)
            except (SQLAlchemyError, sqlite3.Error, SotaError, OSError) as bad:
                log.error("nothing was cleared away: %s", bad)
