"""One dispatcher at a time: a file lock in SOTA_HOME, and on PostgreSQL an advisory lock of the server as well.

The file lock belongs to an open file, not to a process. So whoever starts a dispatcher takes the lock first and hands
the open file over as the child's stdin: there is no moment in which two could be started.
"""

import contextlib
import os
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from sota_core.runs.store import database
from sota_core.settings import Settings
from sota_core.system import locks
from sota_core.system.processes import close_stdin

_ADVISORY = 0x50_7A_D1_5B  # any number, but the same for all dispatchers of a database


class DispatcherLock:
    """The lock, held from `take` to `release` (twice is harmless), or until the process ends, however it ends."""

    def __init__(self, fd: int, connection: sa.Connection | None = None) -> None:
        self.fd, self.connection = fd, connection
        self.is_of_a_server = connection is not None

    @classmethod
    def take(cls, settings: Settings) -> "DispatcherLock | None":
        """The lock, or None if somebody else holds it. Does not wait."""
        fd = take_file(settings)
        if fd is None and (fd := _handed_over(settings)) is None:
            return None
        if settings.db_url.startswith("sqlite"):
            return cls(fd)
        connection = _advisory(settings)
        if connection is None:
            os.close(fd)
            return None
        return cls(fd, connection)

    def is_held(self) -> bool:
        """Still ours? A lost connection to PostgreSQL has given the advisory lock away."""
        if not self.is_of_a_server:
            return True
        if self.connection is None:
            return False
        try:
            return self.connection.execute(sa.text("SELECT 1")).scalar() == 1
        except SQLAlchemyError:
            return False

    def regain(self, settings: Settings) -> bool:
        """Take the server's lock again after its connection was lost; False if another machine's dispatcher has it now.

        The file stays locked throughout, so on this machine no other dispatcher starts meanwhile.

        Raises
            SQLAlchemyError  the server is still away; try again.
        """
        self._disconnect()
        self.connection = _advisory(settings)
        return self.connection is not None

    def _disconnect(self) -> None:
        if self.connection is not None:
            connection, self.connection = self.connection, None
            with contextlib.suppress(SQLAlchemyError):
                connection.close()
            connection.engine.dispose()

    def release(self) -> None:
        if self.connection is not None and not self.connection.invalidated:
            # closing the connection would release it too, but a moment later: who asks at once would find it taken
            with contextlib.suppress(SQLAlchemyError):
                self.connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _ADVISORY})
        self._disconnect()
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def lock_path(home: Path) -> Path:
    return home / "dispatcher.lock"


def take_file(settings: Settings) -> int | None:
    """The locked file, or None if another open file holds the lock. Does not wait."""
    return locks.take(lock_path(settings.home))


def is_taken_on_the_server(connection: sa.Connection) -> bool:
    """Is a dispatcher at work for this database, on any machine? On SQLite always False: there, only the file tells.

    This looks the lock up and does not try to take it, which for a moment would keep out a dispatcher that is starting.
    """
    if connection.dialect.name != "postgresql":
        return False
    held = sa.text(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = :key "
        "AND objsubid = 1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return connection.execute(held, {"key": _ADVISORY}).first() is not None


def is_taken_elsewhere(settings: Settings) -> bool:
    """Would a dispatcher of this machine give up at once: does another one serve the database, or is the database away?

    False on SQLite, where the lock file alone decides. Blocking: some 10 ms if the server answers, 10 s if it does not.
    """
    if settings.db_url.startswith("sqlite"):
        return False
    try:
        engine = database.server_engine(sa.make_url(settings.db_url), poolclass=sa.NullPool)
        with engine.connect() as connection:
            return is_taken_on_the_server(connection)
    except (SQLAlchemyError, ModuleNotFoundError):
        return True


def _handed_over(settings: Settings) -> int | None:
    """The lock that came as stdin; None if stdin is something else. Our own children must not inherit it."""
    try:
        if not os.path.samestat(os.fstat(0), lock_path(settings.home).stat()):
            return None
        if not locks.lock(0):
            return None
    except OSError:
        return None
    fd = os.dup(0)  # not inheritable, as every descriptor Python makes
    close_stdin()
    return fd


def _advisory(settings: Settings) -> sa.Connection | None:
    url = sa.make_url(settings.db_url)
    engine = database.server_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    connection = engine.connect()
    if connection.execute(sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": _ADVISORY}).scalar():
        return connection
    connection.close()
    engine.dispose()
    return None
