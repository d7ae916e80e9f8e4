"""What every part of the store stands on: one engine, a reading and a writing transaction, a clock.

What is read and written is up to the parts, which share one session.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from sota_core.errors import UnknownRunError
from sota_core.runs.run import Run, run_from_row
from sota_core.runs.store import schema
from sota_core.runs.store.database import is_disk_full
from sota_core.system import disk_reserve


class Session:
    """Transactions over one engine. Threads may share it; a forked process must open its own.

    home  where the disk reserve lies that is given up when the disk is full; None: there is none
    """

    def __init__(self, engine: sa.Engine, clock: Callable[[], float] = time.time, home: Path | None = None) -> None:
        self.engine = engine
        self.clock = clock
        self.home = home
        self._writer = engine.execution_options(writes=True)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A consistent view; never waits for a writer."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, *, serial: bool = False) -> Iterator[sa.Connection]:
        """Atomic: all of the block or nothing. SQLite lets one writer in at a time.

        On a full disk the reserve is removed first: whoever deletes a run to make room must be able to. It is removed
        after a transaction too that has failed for want of room (a quota, or one that needed much), for the next one.

        serial  for decisions that count other rows (quotas, the next in the queue): one at a time on
                PostgreSQL too, by a lock on the default quota's row
        """
        if self.home is not None:
            disk_reserve.release_if_full(self.home)
        try:
            with self._writer.begin() as connection:
                if serial:
                    everyone = sa.select(schema.quota.c.owner).where(schema.quota.c.owner == schema.EVERYONE)
                    connection.execute(everyone.with_for_update())
                yield connection
        except Exception as bad:
            if self.home is not None and is_disk_full(bad):
                disk_reserve.release(self.home)
            raise

    def fetch(self, connection: sa.Connection, run_id: str) -> Run:
        """Raises
        UnknownRunError  no run has this id.
        """
        row = connection.execute(sa.select(schema.run).where(schema.run.c.id == run_id)).mappings().one_or_none()
        if row is None:
            raise UnknownRunError(f"no run has the id {run_id!r}; `runs list` shows those there are")
        return run_from_row(row)

    def close(self) -> None:
        """Give the connections back; nothing can be read or written afterwards."""
        self.engine.dispose()
