"""Trouble with one run does not keep the dispatcher from the others."""

import pytest
from sqlalchemy.exc import OperationalError

from sota_core.runs.states import State
from sota_core.system.logs import plain_formatter
from tests.runs.builders import ME
from tests.runs.fakes import FakeExecutor


@pytest.fixture
def executor():
    return FakeExecutor(slots=2)


@pytest.fixture
def waiting(store, recipe, running):
    return store.queue.submit(recipe, owner="bob")


@pytest.mark.parametrize("number", [32, 40, 127])  # reserved by libc, a real-time signal, no signal
def test_a_signal_without_a_name_is_told_by_its_number(supervisor, executor, store, running, waiting, number):
    executor.end(running, -number)
    supervisor.tick()
    run = store.history.get(running.id)
    assert (run.state, run.reason) == (State.LOST, "killed") and f"signal {number}" in run.message
    assert store.history.get(waiting.id).state is State.STARTING


def test_a_run_that_cannot_be_polled_is_passed_by_and_told_with_its_id(
    supervisor, executor, store, running, waiting, caplog, monkeypatch
):
    monkeypatch.setattr(caplog.handler, "formatter", plain_formatter())
    executor.poisoned = {running.id: ValueError("no such answer")}
    supervisor.tick()
    assert (
        store.history.get(running.id).state is State.RUNNING and store.history.get(waiting.id).state is State.STARTING
    )
    assert supervisor.is_troubled
    assert caplog.text.count(f"run {running.id}, attempt 1: the look at it failed: ValueError: no such answer") == 1
    assert caplog.text.count("Traceback") == 1


def test_the_same_trouble_at_every_tick_is_told_now_and_then_only(supervisor, executor, running, uptime, caplog):
    executor.poisoned = {running.id: ValueError("no such answer")}
    for _ in range(50):
        supervisor.tick()
        uptime.pass_(1)
    assert caplog.text.count("no such answer") == 1 + 1 + 2  # message and traceback at first, then a line every 20 s


def test_after_a_minute_of_nothing_but_trouble_it_is_given_up(supervisor, executor, store, running, waiting, uptime):
    executor.slots = 1
    executor.poisoned = {running.id: ValueError("no such answer")}
    supervisor.tick()
    uptime.pass_(59)
    supervisor.tick()
    assert store.history.get(running.id).state is State.RUNNING
    uptime.pass_(1)
    supervisor.tick()
    run = store.history.get(running.id)
    assert (run.state, run.reason) == (State.LOST, "unwatched") and "no such answer" in run.message
    assert executor.killed == [(running.id, True)] and store.history.get(waiting.id).state is State.STARTING
    supervisor.tick()
    assert not supervisor.is_troubled


def test_one_look_that_goes_well_ends_the_trouble(supervisor, executor, store, running, uptime):
    for poisoned in ({running.id: ValueError("once")}, {}, {running.id: ValueError("again")}):
        executor.poisoned = poisoned
        supervisor.tick()
        uptime.pass_(40)
    supervisor.tick()
    assert store.history.get(running.id).state is State.RUNNING


def test_a_hopeless_start_goes_back_to_the_queue_and_one_to_be_stopped_is_cancelled(
    supervisor, executor, store, started, uptime, recipe
):
    other = store.queue.submit(recipe, owner="bob")
    supervisor.tick()
    store.transitions.begin(other.id, 1, **ME)
    store.transitions.request_cancel(other.id)
    executor.poisoned = {run.id: ValueError("no such answer") for run in (started, other)}
    supervisor.tick()
    uptime.pass_(60)
    supervisor.tick()
    assert store.history.get(other.id).reason == "stopped_hard"
    assert (store.history.get(started.id).state, store.history.get(started.id).attempt) == (State.STARTING, 2)


def test_a_run_that_cannot_be_killed_keeps_nobody_waiting(supervisor, executor, store, running, uptime):
    def kill(run, *, force):
        raise RuntimeError("no such group")

    executor.kill = kill
    store.transitions.request_cancel(running.id)
    for _ in range(90):
        supervisor.tick()
        uptime.pass_(1)
    assert store.history.get(running.id).state is State.CANCELLED


def test_a_run_that_cannot_be_launched_fails_and_the_next_one_starts(supervisor, executor, store, running, recipe):
    bad, good = store.queue.submit(recipe, owner="bob"), store.queue.submit(recipe, owner="cy")
    launch = executor.launch

    def picky(run):
        if run.id == bad.id:
            raise ValueError("embedded null byte")
        launch(run)

    executor.launch, executor.slots = picky, 3
    for _ in range(4):
        supervisor.tick()
    assert store.history.get(good.id).state is State.STARTING
    run = store.history.get(bad.id)
    assert (run.state, run.reason, run.attempt) == (State.FAILED, "no_start", 3)
    assert "embedded null byte" in run.message


def test_a_log_that_no_database_takes_is_stored_all_the_same(supervisor, executor, store, running, settings):
    (settings.home / "logs").mkdir(exist_ok=True)
    (settings.home / "logs" / f"{running.id}-1.log").write_bytes(b"torn \x00 page \xff")
    executor.end(running, 1)
    supervisor.tick()
    assert store.history.get(running.id).traceback == "torn \ufffd page \ufffd"


def test_the_database_away_is_everybodys_trouble(supervisor, executor, store, running, uptime):
    executor.poisoned = {running.id: OperationalError("UPDATE run", {}, Exception("database is locked"))}
    for _ in range(3):
        with pytest.raises(OperationalError):
            supervisor.tick()
        uptime.pass_(60)
    assert store.history.get(running.id).state is State.RUNNING
