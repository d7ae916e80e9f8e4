"""Opening the database: which URLs are refused, which settings apply, how a full disk shows, what importing the store
brings.
"""

import errno
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sota_core import paths
from sota_core.errors import RunError
from sota_core.runs.store import database
from sota_core.runs.store.database import is_disk_full, refuse_network_file_system
from sota_core.runs.store.store import Store
from sota_core.settings import LIMITS, Limits, load
from sota_core.system.environment import child_environment
from tests.databases import settings_of

MOUNTS = [("/", "ext4"), ("/home", "nfs4"), ("/home/local", "xfs")]


def test_a_network_file_system_is_refused_with_the_way_out():
    with pytest.raises(RunError, match=r"/home/ann is on a network file system \(nfs4\); set SOTA_HOME"):
        refuse_network_file_system(Path("/home/ann"), MOUNTS)


@pytest.mark.parametrize("folder", ["/srv", "/home/local/ann", "/homeless"])
def test_a_disk_of_this_machine_is_not(folder):
    refuse_network_file_system(Path(folder), MOUNTS)


def test_a_database_in_memory_is_refused():
    with pytest.raises(RunError, match="several processes"):
        Store(settings_of("sqlite://"))


def test_a_database_of_a_newer_program_is_refused(settings):
    with Store(settings) as store, store.session.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RunError, match="newer than this program"):
        Store(settings)


def test_sqlite_writes_ahead_and_checks_references(store, db_url):
    if not db_url.startswith("sqlite"):
        pytest.skip("settings of SQLite only")
    with store.session.reading() as connection:
        asked = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in (
            "journal_mode", "synchronous", "foreign_keys", "busy_timeout",
        )}  # fmt: skip
    assert asked == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 15_000}


def test_a_full_database_is_known_as_a_full_disk(store, running, db_url):
    """SQLite's own error, caused by a limit on its pages."""
    if not db_url.startswith("sqlite"):
        pytest.skip("an error of SQLite only")

    @sa.event.listens_for(store.session.engine, "begin")
    def cramp(connection):
        connection.exec_driver_sql("PRAGMA max_page_count = 1")

    with pytest.raises(sa.exc.OperationalError) as full:
        for seq in range(1, 200):
            store.log.append(running.id, 1, [{"kind": "log", "seq": seq, "t": 1.0, "message": "x" * 1000}])
    assert is_disk_full(full.value)


def test_a_full_disk_is_found_behind_another_error():
    try:
        try:
            raise OSError(errno.EDQUOT, "quota")
        except OSError as bad:
            raise RuntimeError("could not save") from bad
    except RuntimeError as bad:
        assert is_disk_full(bad)
    assert not is_disk_full(OSError(errno.ENOENT, "no such file")) and not is_disk_full(None)


def test_settings_survive_the_way_to_a_child(tmp_path):
    settings = load(
        {"SOTA_HOME": str(tmp_path), "SOTA_SLOTS": "3", "SOTA_LOCAL_ROOTS": "/a:/b", "SOTA_MIN_FREE_MB": "7"}
        | {"SOTA_KEEP_DAYS": "0", "SOTA_KEEP_GB": "8"}
        | {"SOTA_CUDA_GRAPH": "0", "SOTA_CUDNN_BENCHMARK": "1"}
        | {"SOTA_TRUSTED_PROXIES": "10.0.0.5, fd00::/8"}
        | {name: str(i) for i, name in enumerate(LIMITS.values(), 1)}
    )
    assert (settings.limits, settings.proxies) == (Limits(*range(1, len(LIMITS) + 1)), ("10.0.0.5", "fd00::/8"))
    assert not settings.cuda_graph and settings.cudnn_benchmark
    assert load(child_environment(settings)) == settings


def test_a_variable_that_is_empty_is_one_that_is_not_set(tmp_path):
    """compose and environment files pass a variable that nobody has set as an empty text."""
    names = re.findall(r'"(SOTA_[A-Z_]+)"', (paths.CORE / "settings.py").read_text())
    plain = load({"HOME": str(tmp_path)})
    assert len(names) > 30 and [name for name in names if load({"HOME": str(tmp_path), name: ""}) != plain] == []


@pytest.mark.long
def test_the_web_processs_part_brings_neither_torch_nor_fastai():
    code = "import sys, sota_core.runs.store, sota_core.runs.dispatch.dispatcher; "
    code += "print({'torch', 'fastai'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == "set()\n"


@pytest.mark.long
def test_a_database_server_that_does_not_answer_is_given_up(monkeypatch):
    """It accepts the connection and says nothing, like a server that hangs or one behind a firewall; psycopg alone
    would wait for ever.
    """
    monkeypatch.setitem(database.PATIENCE, "connect_timeout", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+psycopg://ann:secret@127.0.0.1:{silent.getsockname()[1]}/lab"
        began = time.monotonic()
        with pytest.raises(sa.exc.OperationalError) as raised:
            database.open_engine(url)
    assert time.monotonic() - began < 60 and database.trouble_of(raised.value) == "The run store cannot be reached."


KEPT_ALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql+psycopg://lab", {"connect_timeout": 10} | KEPT_ALIVE),
        ("postgresql+psycopg2://lab", {"connect_timeout": 10} | KEPT_ALIVE),
        ("postgresql+psycopg://lab/lab?connect_timeout=30", KEPT_ALIVE),
        ("postgresql+pg8000://lab", {}),
        ("sqlite:///runs.db", {}),
    ],
)
def test_how_long_it_is_waited_for_is_the_url_s_to_say(url, expected):
    assert database.patience(sa.make_url(url)) == expected


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="a socket of Linux's")
def test_both_ends_of_a_connection_miss_a_machine_that_has_gone(db_url):
    if db_url.startswith("sqlite"):
        pytest.skip("no connection to another machine")
    engine = database.server_engine(over_tcp(sa.make_url(db_url)))
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        with socket.socket(fileno=os.dup(driver.fileno())) as ours:
            names = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")
            set_here = [ours.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in names]
            assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        names = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
        set_there = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names]
    engine.dispose()
    assert set_here == [10, 5, 4, 30_000] and set_there == ["10", "5", "4", "30000"]


def test_a_transaction_left_open_by_another_program_keeps_nobody_waiting_for_ever(db_url, settings, monkeypatch):
    """A forgotten psql held the row of the default quota: every Start and the dispatcher hung, and could not be
    ended.
    """
    if not db_url.startswith("postgres"):
        pytest.skip("SQLite's busy timeout is tested elsewhere")
    monkeypatch.setitem(database._HELD, "lock_timeout", 300)
    monkeypatch.setitem(database._HELD, "idle_in_transaction_session_timeout", 500)
    other = sa.create_engine(db_url)
    with Store(settings) as store, other.connect() as held:
        held.execute(sa.text("SELECT * FROM quota WHERE owner = '*' FOR UPDATE"))
        with pytest.raises(sa.exc.OperationalError) as raised:
            store.queue.claim()
        assert database.trouble_of(raised.value) == "The run store is locked by another program."
        held.rollback()
        assert store.queue.claim() is None
        with pytest.raises(sa.exc.DBAPIError) as raised, store.session.engine.begin() as ours:
            ours.execute(sa.text("SELECT 1"))
            time.sleep(1.0)  # as a process that has stopped
            ours.execute(sa.text("SELECT 1"))
        assert database.trouble_of(raised.value) == "The run store cannot be reached."
        assert store.queue.claim() is None
    other.dispose()


def over_tcp(url: sa.URL) -> sa.URL:
    """The same server: `.ci/real-parts` names its socket in the file system."""
    if url.host:
        return url
    return url.set(host="127.0.0.1", port=int(str(url.query["port"]))).difference_update_query(["host", "port"])
