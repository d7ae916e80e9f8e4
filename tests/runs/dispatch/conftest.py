"""A supervisor with a fake executor and a clock of its own."""

import dataclasses

import pytest

from sota_core.runs.dispatch.supervision import Supervisor
from tests.runs.builders import ME
from tests.runs.conftest import Clock
from tests.runs.fakes import FakeExecutor


@pytest.fixture
def executor():
    return FakeExecutor()


@pytest.fixture
def uptime():
    """The supervisor's monotonic clock."""
    return Clock(0.0)


@pytest.fixture
def supervisor(store, executor, settings, uptime):
    settings = dataclasses.replace(settings, min_free_bytes=1)
    return Supervisor(store, executor, settings, host="here", clock=uptime)


@pytest.fixture
def started(store, supervisor, recipe):
    """A run whose worker has been launched and has not begun the run."""
    run = store.queue.submit(recipe, owner="ann")
    supervisor.tick()
    return store.history.get(run.id)


@pytest.fixture
def running(store, started):
    assert store.transitions.begin(started.id, 1, **ME)
    return store.history.get(started.id)
