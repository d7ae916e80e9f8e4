"""The dispatcher as a process of its own. Its workers are killed, and so is it: no run is lost, none is trained
twice.
"""

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from sota_core.runs.dispatch import dispatcher
from sota_core.runs.dispatch.lock import DispatcherLock
from sota_core.runs.dispatch.starter import AGAIN_S, Starter
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.system.environment import child_environment
from sota_core.system.processes import birth_of, is_alive
from tests.pace import Pace
from tests.runs.conftest import Clock
from tests.runs.executors.test_executor import PATIENCE_S, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(settings, db_url):
    return dataclasses.replace(settings, slots=2, min_free_bytes=2**20)


@pytest.fixture
def store(settings):
    with Store(settings) as store:
        yield store


@pytest.fixture
def dispatch(settings, store):
    """start(trainer): a dispatcher with this stand-in for training; afterwards everything it started is killed."""
    started = []

    def start(trainer="patient", idle_s=60.0):
        code = (
            "import logging, sys; logging.basicConfig(level=20); from sota_core import settings; "
            "from sota_core.runs.dispatch import dispatcher; "
            f"sys.exit(dispatcher.run(settings.load(), {idle_s}, trainer='tests.runs.trainers:{trainer}'))"
        )
        with (settings.home / "dispatcher.log").open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-c", code], env=child_environment(settings), stdout=out, stderr=out
            )
        started.append(process)
        wait_until(lambda: (info := dispatcher.status(settings)) and info["pid"] == process.pid)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
    for run in store.history.active():
        if run.pid:
            os.killpg(run.pid, signal.SIGKILL)


def reaches(store, run, *states):
    return wait_until(lambda: (now := store.history.get(run.id)).state in states and now)


def submit(store, recipe, n=1):
    return [store.queue.submit(recipe, owner=f"owner-{time.monotonic_ns()}") for _ in range(n)]


def test_runs_of_many_owners_go_through_the_slots_and_finish(dispatch, store, recipe):
    runs = submit(store, recipe, 5)
    dispatch("quick")
    for run in runs:
        assert reaches(store, run, State.FINISHED).attempt == 1


@pytest.mark.usefixtures("only_sqlite")
def test_warm_a_submit_is_running_in_a_moment(dispatch, store, recipe):
    dispatch("patient")
    (first,) = submit(store, recipe)
    reaches(store, first, State.RUNNING)
    with Pace() as pace:
        (second,) = submit(store, recipe)
        run = reaches(store, second, State.RUNNING)
    # the budget is 0.3 s on an idle machine, but tests may share theirs
    assert run.started_at - run.created_at < 1.5 * pace.slowness


def test_a_killed_worker_is_lost_within_two_seconds_and_its_slot_is_free(dispatch, store, recipe):
    dispatch("patient")
    first, second, third = submit(store, recipe, 3)
    pid = reaches(store, first, State.RUNNING).pid
    reaches(store, second, State.RUNNING)
    with Pace() as pace:
        os.kill(pid, signal.SIGKILL)
        killed_at = time.time()
        run = reaches(store, first, State.LOST)
    assert run.reason == "killed" and run.ended_at - killed_at < 2 * pace.slowness
    reaches(store, third, State.RUNNING)
    assert store.log.events(first.id)[-1]["kind"] == "ended"


@pytest.mark.usefixtures("only_sqlite")
def test_a_worker_ended_by_a_signal_without_a_name_keeps_nobody_waiting(dispatch, store, recipe):
    dispatch("patient")
    first, second, third = submit(store, recipe, 3)
    pid = reaches(store, first, State.RUNNING).pid
    reaches(store, second, State.RUNNING)
    os.kill(pid, signal.SIGRTMIN + 6)
    run = reaches(store, first, State.LOST)
    assert run.reason == "killed" and f"signal {signal.SIGRTMIN + 6}" in run.message
    reaches(store, third, State.RUNNING)


def test_a_killed_dispatcher_is_no_event_for_a_worker_and_the_next_one_adopts_it(dispatch, store, recipe):
    one = dispatch("patient")
    (run,) = submit(store, recipe)
    before = reaches(store, run, State.RUNNING)
    one.kill()
    one.wait()
    dispatch("patient")
    seen = len(store.log.events(run.id))
    wait_until(lambda: len(store.log.events(run.id)) > seen + 5)
    now = store.history.get(run.id)
    assert (now.state, now.attempt, now.pid) == (State.RUNNING, 1, before.pid)
    sequence = [e["seq"] for e in store.log.events(run.id)]
    assert sequence == list(range(1, len(sequence) + 1))
    with Pace() as pace:
        os.kill(now.pid, signal.SIGKILL)
        killed_at = time.time()
        lost = reaches(store, run, State.LOST)
    assert lost.reason == "gone" and lost.ended_at - killed_at < 2 * pace.slowness


def test_all_killed_the_next_dispatcher_finds_out_and_goes_on(dispatch, store, recipe):
    one = dispatch("patient")
    first, second, third = submit(store, recipe, 3)
    pids = [reaches(store, run, State.RUNNING).pid for run in (first, second)]
    one.kill()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    one.wait()
    dispatch("quick")
    began = time.time()
    with Pace() as pace:
        lost = [reaches(store, run, State.LOST) for run in (first, second)]
    assert all(run.ended_at - began < 2 * pace.slowness for run in lost)
    reaches(store, third, State.FINISHED)


def test_a_stop_is_heard_within_two_seconds(dispatch, store, recipe):
    dispatch("patient")
    (run,) = submit(store, recipe)
    reaches(store, run, State.RUNNING)
    with Pace() as pace:
        asked_at = time.time()
        store.transitions.request_cancel(run.id)
        ended = reaches(store, run, State.CANCELLED)
    assert ended.reason == "stopped" and ended.ended_at - asked_at < 2 * pace.slowness
    assert ended.summary["accuracy"] == 0.1


@pytest.mark.usefixtures("only_sqlite")
def test_a_worker_that_does_not_hear_is_ended_with_its_children_within_ten_seconds(dispatch, store, recipe, settings):
    dispatch("deaf")
    (run,) = submit(store, recipe)
    reaches(store, run, State.RUNNING)
    child = int(
        wait_until(lambda: (settings.home / "child.pid").exists() and (settings.home / "child.pid").read_text())
    )
    birth = birth_of(child)
    wait_until(lambda: store.log.events(run.id, kinds=["epoch"]))
    with Pace() as pace:
        asked_at = time.time()
        store.transitions.request_cancel(run.id)
        ended = reaches(store, run, State.CANCELLED)
    assert ended.reason == "stopped_hard" and ended.ended_at - asked_at < 10 * pace.slowness
    assert ended.summary["last_accuracy"] == 0.25
    wait_until(lambda: not is_alive(child, birth))


def test_a_worker_killed_while_it_exports_has_finished(dispatch, store, recipe):
    dispatch("exports")
    (run,) = submit(store, recipe)
    wait_until(lambda: store.log.events(run.id, kinds=["log"]))
    with Pace() as pace:
        os.kill(store.history.get(run.id).pid, signal.SIGKILL)
        killed_at = time.time()
        ended = reaches(store, run, State.FINISHED)
    assert ended.reason == "no_export" and ended.summary == {"accuracy": 0.5}
    assert ended.ended_at - killed_at < 2 * pace.slowness
    assert [file.name for file in store.history.artifacts(run.id)] == ["metrics.csv"]
    assert {path.name for path in store.artifacts_dir.rglob("*")} == {run.id, "metrics.csv"}


def test_there_is_one_dispatcher(dispatch, settings):
    dispatch()
    assert DispatcherLock.take(settings) is None
    assert dispatcher.run(settings) == 1


def test_a_signal_is_an_orderly_end_and_workers_go_on(dispatch, store, recipe, settings):
    one = dispatch("patient")
    (run,) = submit(store, recipe)
    pid = reaches(store, run, State.RUNNING).pid
    servers = [child.pid for child in psutil.Process(one.pid).children()]
    with Pace() as pace:
        began = time.monotonic()
        assert dispatcher.stop(settings, timeout_s=PATIENCE_S)
        took = time.monotonic() - began
    assert took < 2 * pace.slowness and one.wait() == 0
    assert dispatcher.status(settings) is None and dispatcher.stop(settings)
    assert store.history.get(run.id).state is State.RUNNING and psutil.pid_exists(pid)
    wait_until(lambda: not any(psutil.pid_exists(server) for server in servers))


@pytest.mark.usefixtures("only_sqlite")
def test_an_idle_dispatcher_ends_by_itself(dispatch, store, recipe):
    one = dispatch("quick", idle_s=0.5)
    (run,) = submit(store, recipe)
    reaches(store, run, State.FINISHED)
    assert one.wait(timeout=PATIENCE_S) == 0


def test_ensuring_at_once_from_many_threads_starts_one(settings, store):
    """Starts the real command, which preloads fastai while the test looks at the processes."""
    starter = Starter(settings)
    threads = [threading.Thread(target=starter.ensure_running) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        (process,) = starter.started
        info = wait_until(lambda: dispatcher.status(settings))
        assert info["pid"] == process.pid == os.getsid(info["pid"])
        assert psutil.Process(info["pid"]).cmdline()[1:] == ["-m", "sota_core", "dispatch"]
        starter.ensure_running()
        assert starter.started == [process]
    finally:
        dispatcher.stop(settings, timeout_s=PATIENCE_S)
    assert process.wait(timeout=PATIENCE_S) == 0
    wait_until(lambda: DispatcherLock.take(settings)).release()


@pytest.mark.usefixtures("only_sqlite")
def test_one_that_found_another_at_work_is_not_started_again_at_every_look(settings, store):
    """As on a second machine, whose home's lock is free while the database's is not. Here the dispatcher ends because
    its executor is not installed.
    """
    starter = Starter(dataclasses.replace(settings, executor="ray"), uptime := Clock(0.0))
    starter.ensure_running()
    (process,) = starter.started
    assert process.wait(PATIENCE_S) > 0
    for _ in range(3):
        starter.ensure_running()
    assert starter.started == []
    uptime.pass_(AGAIN_S)
    starter.ensure_running()
    (process,) = starter.started
    assert process.wait(PATIENCE_S) > 0


@pytest.mark.usefixtures("only_sqlite")
def test_a_dispatcher_whose_home_was_deleted_ends(dispatch, store, recipe, settings):
    process = dispatch("patient")
    run = store.queue.submit(recipe, owner="a")
    wait_until(lambda: store.history.get(run.id).state is State.RUNNING)
    worker = store.history.get(run.id).pid
    # moved away first: a file written during the removal would leave the folder in place
    shutil.rmtree(settings.home.rename(settings.home.with_name("gone")))
    os.kill(worker, signal.SIGKILL)  # there is no store to write its end to
    assert process.wait(timeout=PATIENCE_S) == 0


@pytest.mark.usefixtures("only_sqlite")
def test_a_dispatcher_with_nothing_to_do_sleeps(dispatch, settings):
    """Its fork server has reported that it is ready; there is no run whose poll would read that message."""
    process = dispatch("patient")
    wait_until(lambda: "fastai preloaded" in (settings.home / "dispatcher.log").read_text(), 60)
    mine = psutil.Process(process.pid)
    before, began = sum(mine.cpu_times()[:2]), time.monotonic()
    wait_until(lambda: time.monotonic() - began > 2)
    assert sum(mine.cpu_times()[:2]) - before < 0.3  # of two seconds


@pytest.mark.usefixtures("only_sqlite")
def test_a_serve_stops_only_the_dispatcher_that_it_or_its_app_has_started(dispatch, settings, monkeypatch):
    monkeypatch.setenv(dispatcher.SERVED_BY, "first")
    one = dispatch()
    assert dispatcher.stop(settings, served_by="second") and one.poll() is None
    assert dispatcher.stop(settings, timeout_s=PATIENCE_S, served_by="first") and one.wait(PATIENCE_S) == 0
