"""Opens the database: engine, SQLite's settings, the refusal of network disks, the tables and their migrations.

Knows nothing of runs: what is read and written is in the parts of store.py.
"""

import errno
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from sota_core import paths
from sota_core.errors import InputError, RunError
from sota_core.language import N_
from sota_core.runs.store import schema
from sota_core.system.files import Mounts, file_system_of

# The newest migration. Repeated here so that a store that is new or up to date is opened without Alembic, whose import
# would cost a web server some 10 MB for the rest of its life.
HEAD = "0005"
# The table as Alembic makes it, so that a later migration finds it.
_version_table = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

BUSY_S = 15.0  # how long a writer waits for another one; transactions last milliseconds
# What libpq is told about a database server; a value in the URL wins. Nobody waits longer than connect_timeout for one
# that does not answer. If its machine goes without a word, TCP alone would wait 15 minutes or more. So libpq asks after
# 10 s of silence, four times within 20 s more, and what it sends must arrive within 30 s: longer than a hiccup, no
# longer than a worker may go unheard (LEASE_S), short enough for a second try at its end. tcp_user_timeout is in ms.
_ALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000}
PATIENCE = {"connect_timeout": 10} | _ALIVE
# ms. A process frozen in a transaction, or a forgotten psql, must keep nobody waiting longer than with SQLite.
_HELD = {"lock_timeout": int(1000 * BUSY_S), "idle_in_transaction_session_timeout": 30_000}
_POSTGRES_LOCK = 0x50_7A_1A_B0  # any number; whoever migrates holds this lock

# SQLite's WAL needs shared memory between all its processes, which none of these has across machines.
NETWORK_FILE_SYSTEMS = frozenset(
    "nfs nfs3 nfs4 cifs smb smb2 smb3 smbfs afpfs webdav davfs sshfs fuse.sshfs fuse.rclone fuse.s3fs fuse.gcsfuse "
    "ceph fuse.ceph glusterfs fuse.glusterfs lustre gpfs beegfs afs coda ncpfs drvfs".split()
)


def open_engine(url: str) -> sa.Engine:
    """An engine on `url`, ready to use: folder made, SQLite set up, migrated. Safe to call from many processes at once.

    A block `with engine.begin()` reads; with `.execution_options(writes=True)` it takes SQLite's write lock at its
    beginning. A transaction that reads first and then wants to write would not wait for the lock: SQLite refuses it.

    Raises
        RunError    SQLite on a network file system, or a database newer than this program.
        InputError  the database's driver is not installed.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        try:
            pool: dict[str, Any] = {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 40}
            engine = server_engine(parsed, hide_parameters=True, **pool)
        except ModuleNotFoundError as missing:
            raise InputError(
                f"SOTA_DB_URL: {parsed.drivername} needs the package {missing.name}, which is not installed; "
                'for PostgreSQL: postgresql+psycopg://… and pip install "psycopg[binary]"'
            ) from missing
        return _migrated(engine)
    path = sqlite_path(url)
    if path is None:
        raise RunError(f"SOTA_DB_URL: must name a database file that several processes can open, got {url!r}")
    path.parent.mkdir(parents=True, exist_ok=True)
    refuse_network_file_system(path.parent)
    _switch_to_wal(path)
    # One connection per thread at work: 200 viewers share a few dozen, each held for a millisecond.
    # Owners and nicknames are among the parameters, and stay out of logs.
    engine = sa.create_engine(
        parsed, pool_size=5, max_overflow=40, connect_args={"timeout": BUSY_S}, hide_parameters=True
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return _migrated(engine)


def server_engine(url: sa.URL, **options: Any) -> sa.Engine:
    """`sa.create_engine` with PATIENCE at both ends: a server also notices within half a minute that a client's machine
    has gone without a word, and releases what it held: row locks, and the right to dispatch.
    """
    engine = sa.create_engine(url, connect_args=patience(url), **options)
    if patience(url):
        event.listen(engine, "connect", _be_missed)
    return engine


def patience(url: sa.URL) -> dict[str, int]:
    """`connect_args` with limits, since a PostgreSQL driver would wait for minutes. A value in the URL wins."""
    is_known = url.get_backend_name() == "postgresql" and url.get_driver_name() in ("psycopg", "psycopg2")
    return {name: value for name, value in PATIENCE.items() if name not in url.query} if is_known else {}


def _be_missed(connection: Any, record: object) -> None:
    alive = {f"tcp_{name.removeprefix('tcp_')}": n for name, n in _ALIVE.items()}
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET {name} = {n}" for name, n in (alive | _HELD).items()))
    connection.commit()


def _migrated(engine: sa.Engine) -> sa.Engine:
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()  # else the server would keep a connection that nobody can close
        raise
    return engine


def sqlite_path(url: str) -> Path | None:
    """The file behind a SQLite URL; None for other databases and for one in memory."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(parsed.database).absolute()


def refuse_network_file_system(folder: Path, mounts: Mounts | None = None) -> None:
    """Raises
    RunError  the folder lies on a disk of another machine; the message names its type and what to do.
    """
    kind = file_system_of(folder, mounts)
    if kind.lower() in NETWORK_FILE_SYSTEMS:
        raise RunError(
            f"the run database must lie on a disk of this machine, but {folder} is on a network file system ({kind}); "
            f"set SOTA_HOME to a local folder, or SOTA_DB_URL to a PostgreSQL server"
        )


def _switch_to_wal(path: Path) -> None:
    # Switching does not wait for the busy timeout, so two processes that open a new database together must retry.
    deadline = time.monotonic() + BUSY_S
    while True:
        connection = sqlite3.connect(path, timeout=BUSY_S)
        try:
            (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
            if mode != "wal":
                raise RunError(
                    f"{path}: SQLite cannot use a write-ahead log on this disk; move SOTA_HOME to another one"
                )
            return
        except sqlite3.OperationalError as bad:
            if "locked" not in str(bad) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        finally:
            connection.close()


def _on_connect(connection: sqlite3.Connection, record: object) -> None:
    connection.isolation_level = None  # the driver opens no transactions of its own: _on_begin does
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_S * 1000)}")
    connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the last second, never the file
    connection.execute("PRAGMA foreign_keys = ON")


def _on_begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def migrate(engine: sa.Engine) -> None:
    """Bring the database to HEAD: an empty one gets the tables of schema.py, an older one its migrations.

    Atomic; a second process that does the same waits, however long, and finds it done.

    Raises
        RunError  the database was made by a newer version of this program.
    """
    if version(engine) == HEAD:
        return
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock({_POSTGRES_LOCK})")
        now = _version(connection)
        if now is not None and now > HEAD:
            raise RunError(
                f"the run database is of version {now}, newer than this program's {HEAD}; update the program"
            )
        if now == HEAD:
            return
        if now is None:
            _create(connection)
            return
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(paths.CORE / "runs" / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _create(connection: sa.Connection) -> None:
    schema.metadata.create_all(connection, checkfirst=False)  # fail on tables that are not ours
    connection.execute(schema.quota.insert().values(schema.DEFAULT_QUOTA))
    _version_table.create(connection)
    connection.execute(_version_table.insert().values(version_num=HEAD))


def version(engine: sa.Engine) -> str | None:
    """The migration the database is at; None for an empty one."""
    with engine.connect() as connection:
        return _version(connection)


def _version(connection: sa.Connection) -> str | None:
    is_there = sa.inspect(connection).has_table("alembic_version")
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() if is_there else None


def backup(url: str, to: Path) -> None:
    """Copy the database while it is in use, with SQLite's own means. Blocking; replaces `to` at once or not at all.

    Raises
        RunError    not SQLite: use the server's own tools (pg_dump); or SQLite could not write it, and says why.
        InputError  `to` is a folder, a device, one of the database's own files, or another database that has a WAL.
    """
    path = sqlite_path(url)
    if path is None:
        raise RunError("backup: only a SQLite store is copied here; for PostgreSQL use pg_dump")
    if to.exists() and not to.is_file():
        raise InputError(f"backup: must be a file, got {to}, a folder or device")
    # Processes that have it open would go on with the file that was replaced, and with a WAL that fits neither file.
    if to.resolve() in [path.resolve().with_name(path.resolve().name + end) for end in ("", "-wal", "-shm")]:
        raise InputError(f"backup: {to} is the database itself, in use; name another file")
    if to.with_name(to.name + "-wal").exists():  # SQLite would write it over the copy
        raise InputError(f"backup: {to} is a database in use, or was left by a killed app; name another file")
    to.parent.mkdir(parents=True, exist_ok=True)
    partial = to.with_name(to.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as target:
            source.backup(target)
        partial.replace(to)
    except sqlite3.Error as bad:
        raise RunError(f"backup: {partial} could not be written: {bad}") from bad
    finally:
        partial.unlink(missing_ok=True)


def is_out_of_order(error: BaseException) -> bool:
    """Is the error the database's or the disk's own (locked, away, full), so that whatever comes next meets it too?"""
    return trouble_of(error) is not None


NO_ROOM = N_("The run store has no room left on its disk.")  # this and the next one refuse writers alone
NO_WRITING = N_("The run store cannot be written.")
# Words in SQLite's own messages, and what they mean to somebody who does not know SQLite.
_TROUBLES = (
    *((word, N_("The run store is locked by another program.")) for word in ("locked", "busy", "lock timeout")),
    *((word, NO_WRITING) for word in ("readonly", "read-only")),
    ("malformed", N_("The run store is damaged.")),
    ("not a database", N_("The run store is damaged.")),
    ("unable to open", N_("The run store cannot be opened.")),
    ("disk i/o", N_("The run store lies on a disk that is failing.")),
    ("idle-in-transaction", N_("The run store cannot be reached.")),  # no OperationalError
)


def trouble_of(error: BaseException | None) -> str | None:
    """What keeps the whole store from working, as a sentence for `tr` that names no place; None for any other error.

    >>> trouble_of(sqlite3.DatabaseError("file is not a database")), trouble_of(ValueError("locked"))
    ('The run store is damaged.', None)
    """
    if is_disk_full(error):
        return NO_ROOM
    known = error if isinstance(error, DBAPIError | sqlite3.Error) else None
    if known is not None:
        said = str(getattr(known, "orig", known)).lower()
        for word, meaning in _TROUBLES:
            if word in said:
                return meaning
    if isinstance(error, OperationalError | InterfaceError | NoConnectionError | sqlite3.OperationalError):
        return N_("The run store cannot be reached.")
    return None


def is_disk_full(error: BaseException | None) -> bool:
    """Is this error, or what caused it, a disk without room?"""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if isinstance(error, OperationalError | sqlite3.OperationalError) and "disk is full" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
