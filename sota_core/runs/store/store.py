"""The run store: what pages, command line, dispatcher and workers share. SQLite in WAL mode, or PostgreSQL by URL.

It is only put together here; each part has a file of its own, and all share one session. Imports neither torch nor
fastai.
"""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from sota_core.runs.dispatcher_files import read_info, ring
from sota_core.runs.store.database import backup, open_engine, sqlite_path
from sota_core.runs.store.eventlog import EventLog
from sota_core.runs.store.guesses import Guesses
from sota_core.runs.store.history import History
from sota_core.runs.store.keys import store_key
from sota_core.runs.store.queueing import Queue
from sota_core.runs.store.quotas import Quotas
from sota_core.runs.store.session import Session
from sota_core.runs.store.shared_files import SharedFiles
from sota_core.runs.store.transitions import Transitions
from sota_core.settings import Settings
from sota_core.system import disk_reserve


class Store:
    """Open (and make, and migrate) the store of these settings.

    Safe to open from many processes at once, to share between threads, and to keep open. A forked process must
    open its own. Every method of its parts is atomic; readers never wait; a writer waits milliseconds.

    queue        submit, claim in fair order, a run's place in the queue
    quotas       how much one owner, one network address, and everybody together, may ask for
    transitions  every change of a run's state after the submit, and requests to stop
    log          events and signs of life: written by workers, read by pages
    history      runs and their files: reading, keeping, deleting, exporting
    shared       where runs' files lie for several machines; None: each machine keeps its own
    guesses      what people think a run will reach
    session      the transactions that all of these use

    Raises
        RunError  SQLite on a network file system, or a database newer than this program.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.time) -> None:
        self.url, home = settings.db_url, settings.home
        self.slots_set = settings.slots
        file = sqlite_path(self.url)
        self.artifacts_dir = home / "artifacts"
        self.session = Session(_opened(self.url, home), clock, home if file else None)
        self.quotas = Quotas(self.session, settings.limits)
        self.queue = Queue(self.session, self.quotas, slots=lambda: self.slots, wake=self.wake)
        self.transitions = Transitions(self.session, wake=self.wake)
        self.log = EventLog(self.session)
        self.shared = None if settings.artifacts is None else SharedFiles(settings.artifacts, self.artifacts_dir)
        self.history = History(self.session, self.log, self.artifacts_dir, self.shared)
        self.guesses = Guesses(self.session)
        self._database, self._home = file, home

    def server_key(self) -> bytes:
        """The key that all servers of this store sign with. See keys.store_key, also for what it raises."""
        return store_key(self.session, self._database, self._home)

    @property
    def slots(self) -> int:
        """Runs at the same time: as set; else what the last dispatcher found on this machine; else 1.

        0, whatever is set, if that dispatcher found none: its cluster does not answer.
        """
        try:
            found = int(read_info(self._home)["slots"])
        except (ValueError, KeyError, TypeError):
            found = 1
        return found if self.slots_set is None or not found else self.slots_set

    def backup(self, to: Path) -> None:
        """Copy the database while it is in use. See database.backup, also for what it raises."""
        backup(self.url, to)

    def close(self) -> None:
        """Give the connections back; the store cannot be used afterwards."""
        self.session.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def wake(self) -> None:
        """Tell a dispatcher that listens to look at once. Never blocks, never fails: it looks every second anyway."""
        ring(self._home)


def _opened(url: str, home: Path) -> sa.Engine:
    """Open the database; if that fails on a full disk, remove the reserve and try once more.

    SQLite needs files of its own beside the database; without room for them it says "disk I/O error". A process that
    has the store open removes the reserve as well, but there may be none.
    """
    try:
        return open_engine(url)
    except (OperationalError, sqlite3.OperationalError):
        if not disk_reserve.release_if_full(home):
            raise
        return open_engine(url)
