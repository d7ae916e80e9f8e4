"""Two machines and one PostgreSQL: only one of them has a dispatcher, and the other takes over. This machine
plays both.
"""

import dataclasses
import os
import signal
import subprocess
import sys
import time

import pytest
import sqlalchemy as sa

from sota_core.cli.hosting import readiness
from sota_core.runs.dispatch import deployment, dispatcher
from sota_core.runs.dispatch.lock import _ADVISORY
from sota_core.runs.dispatch.starter import Starter
from sota_core.runs.states import State
from sota_core.system.environment import child_environment
from tests.runs.executors.test_executor import PATIENCE_S, wait_until

pytestmark = pytest.mark.slow

CODE = (
    "import sys; from sota_core import settings; from sota_core.runs.dispatch import dispatcher; "
    "sys.exit(dispatcher.run(settings.load(), 60, trainer='tests.runs.trainers:patient'))"
)


@pytest.fixture
def machines(settings, db_url, tmp_path):
    """The settings of two machines: a home for each, one database."""
    if db_url.startswith("sqlite"):
        pytest.skip("machines cannot share a SQLite store")
    settings = dataclasses.replace(settings, slots=2, min_free_bytes=2**20)
    return [dataclasses.replace(settings, home=tmp_path / name) for name in ("first", "second")]


@pytest.fixture
def dispatch(store):
    started = []

    def start(settings):
        settings.home.mkdir(exist_ok=True)
        with (settings.home / "log").open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-c", CODE], env=child_environment(settings), stdout=out, stderr=out
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
    for run in store.history.active():
        if run.pid:
            os.killpg(run.pid, signal.SIGKILL)


def at_work(settings, process):
    return (info := dispatcher.status(settings)) and info["pid"] == process.pid


def holder(store):
    """The pid of the server process whose connection holds the dispatchers' lock, or None."""
    query = sa.text(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = :key AND granted "
        # pg_locks lists the locks of all databases, and other databases may have dispatchers of their own
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with store.session.reading() as connection:
        return connection.execute(query, {"key": _ADVISORY}).scalar()


def test_a_lock_of_another_database_is_none_of_ours(store, db_url):
    if db_url.startswith("sqlite"):
        pytest.skip("SQLite has no lock on a server")
    ours = sa.make_url(db_url)
    elsewhere = sa.create_engine(ours.set(database="template1"), isolation_level="AUTOCOMMIT")
    with elsewhere.connect() as connection:
        assert connection.execute(sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": _ADVISORY}).scalar()
        assert holder(store) is None
    elsewhere.dispose()


def running(store, run):
    return wait_until(lambda: (now := store.history.get(run.id)).state is State.RUNNING and now)


def test_the_second_is_refused_while_the_first_lives_and_takes_over_when_it_dies(machines, dispatch, store, recipe):
    first, second = machines
    one = dispatch(first)
    wait_until(lambda: at_work(first, one))
    run = running(store, store.queue.submit(recipe, owner="ann"))
    assert dispatch(second).wait(timeout=PATIENCE_S) == 1
    one.kill()
    one.wait()
    wait_until(lambda: holder(store) is None)  # once the server notices that the connection is gone
    two = dispatch(second)
    wait_until(lambda: at_work(second, two))
    later = running(store, store.queue.submit(recipe, owner="bob"))
    assert (store.history.get(run.id).state, store.history.get(run.id).attempt, store.history.get(run.id).pid) == (
        State.RUNNING,
        1,
        run.pid,
    )
    assert later.attempt == 1 and two.poll() is None


def test_the_machine_without_the_dispatcher_is_ready_too_and_tells_of_it(machines, dispatch, store, recipe):
    """Otherwise a load balancer that asks it would send nobody there."""
    first, second = machines
    one = dispatch(first)
    wait_until(lambda: at_work(first, one))
    run = store.queue.submit(recipe, owner="ann")
    wait_until(lambda: store.history.get(run.id).state is State.RUNNING)
    for machine, said in ((first, "at work"), (second, "at work on another machine")):
        machine.home.mkdir(exist_ok=True)
        assert readiness.Part("dispatcher", True, said) in readiness.parts(Starter(machine))
        assert deployment.look(machine).is_dispatched
    assert dispatcher.status(second) is None is deployment.look(second).dispatcher


def test_a_server_away_for_a_while_is_waited_for_and_no_run_is_lost(machines, dispatch, store, db_url, recipe):
    """The worker, whose heartbeats cannot be written, and its dispatcher both wait."""
    one = dispatch(machines[0])
    wait_until(lambda: at_work(machines[0], one))
    run = running(store, store.queue.submit(recipe, owner="ann"))
    url = sa.make_url(db_url)
    admin = sa.create_engine(url.set(database="template1"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def open_(is_open: bool) -> None:
        with admin.connect() as connection:
            connection.execute(sa.text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS {is_open}"))
            if not is_open:
                ours = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
                connection.execute(ours, {"name": url.database})

    open_(False)
    log = machines[0].home / "log"
    wait_until(lambda: "a look at the runs failed" in log.read_text())
    time.sleep(3)  # three more looks
    assert one.poll() is None and log.read_text().count("a look at the runs failed") == 1
    assert dispatcher.status(machines[0])["pid"] == one.pid
    open_(True)
    before = store.history.get(run.id).heartbeat_at
    wait_until(lambda: store.history.get(run.id).heartbeat_at > before)
    later = running(store, store.queue.submit(recipe, owner="bob"))  # the dispatcher starts runs again
    assert holder(store) is not None and (later.attempt, one.poll()) == (1, None)
    now = store.history.get(run.id)
    assert (now.state, now.attempt, now.pid) == (State.RUNNING, 1, run.pid)


def test_a_connection_that_breaks_gives_the_lock_away_and_it_is_taken_again(machines, dispatch, store, recipe):
    one = dispatch(machines[0])
    wait_until(lambda: at_work(machines[0], one))
    run = running(store, store.queue.submit(recipe, owner="ann"))
    before = holder(store)
    with store.session.reading() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": before})
    wait_until(lambda: holder(store) not in (None, before))
    running(store, store.queue.submit(recipe, owner="bob"))
    assert one.poll() is None and store.history.get(run.id).attempt == 1
