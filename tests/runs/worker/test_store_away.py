"""A worker whose store is unreachable for a moment: as the run begins, as it ends, and in between."""

import dataclasses
import errno

import pytest
from sqlalchemy.exc import OperationalError

from sota_core.runs.states import State
from sota_core.runs.store.eventlog import EventLog
from sota_core.runs.store.history import History
from sota_core.runs.store.store import Store
from sota_core.runs.store.transitions import Transitions
from sota_core.runs.worker import worker
from tests.runs import trainers
from tests.runs.worker.at_work import work


@pytest.mark.long
@pytest.mark.parametrize(
    ("part", "name", "number"),
    [
        (History, "get", 1),
        (History, "get", 2),
        (EventLog, "events", 1),
        (Transitions, "begin", 1),
        (Transitions, "finish", 1),
    ],
)
def test_a_connection_that_breaks_at_any_moment_costs_no_run(store, claimed, settings, part, name, number, monkeypatch):
    """As when the server is restarted: the next query has a new connection."""
    real, told, asked = getattr(part, name), [], []

    def breaks(*args, **named):
        asked.append(name)
        if len(asked) == number:
            raise OperationalError("SELECT", {}, Exception("server closed the connection unexpectedly"))
        return real(*args, **named)

    with monkeypatch.context() as outage:
        outage.setattr(part, name, breaks)
        assert work(claimed, settings, trainers.quick, listener=told.append) == worker.FINISHED
    assert len(asked) > number and store.history.get(claimed.id).state is State.FINISHED
    assert told[-1]["kind"] == "ended" and len(store.history.artifacts(claimed.id)) == 2


@pytest.mark.long
def test_a_store_that_cannot_be_opened_at_once_is_tried_again(store, claimed, settings, monkeypatch):
    """As when the server is restarted: the dispatcher does not repeat a start that ended with an exit code."""
    asked = []

    def opened(of):
        asked.append(of)
        if len(asked) == 1:
            raise OperationalError("connect", {}, Exception("the database system is starting up"))
        return Store(of)

    monkeypatch.setattr(worker, "Store", opened)
    assert work(claimed, settings, trainers.quick) == worker.FINISHED and len(asked) == 2


def trains_and_could_export(recipe, settings, *, emit, should_stop, out_dir):
    outcome = trainers.quick(recipe, settings, emit=emit, should_stop=should_stop, out_dir=out_dir)
    return dataclasses.replace(outcome, export=dict)


def test_a_store_that_is_away_as_training_ends_costs_the_export_and_not_the_run(store, claimed, settings, monkeypatch):
    def away(*_, **__):
        raise OperationalError("UPDATE", {}, Exception("server closed the connection unexpectedly"))

    monkeypatch.setattr(worker, "_SETTLE_S", 0.1)
    monkeypatch.setattr(Transitions, "keep", away)  # until the worker gives up; then the end can be written
    assert work(claimed, settings, trains_and_could_export) == worker.FINISHED
    assert store.history.get(claimed.id).state is State.FINISHED
    assert [file.path.exists() for file in store.history.artifacts(claimed.id)] == [True, True]


def test_a_disk_that_is_full_as_the_export_begins_costs_the_export_and_not_the_run(
    store, claimed, settings, monkeypatch
):
    real, asked = worker.work_folder, []

    def full(*where):
        asked.append(where)
        if len(asked) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*where)

    monkeypatch.setattr(worker, "work_folder", full)
    assert work(claimed, settings, trains_and_could_export) == worker.FINISHED
    assert store.history.get(claimed.id).state is State.FINISHED and len(store.history.artifacts(claimed.id)) == 2
    said = [event["message"] for event in store.log.events(claimed.id, kinds=["log"])]
    assert said == ["The export failed and is left out: [Errno 28] No space left on device"]
