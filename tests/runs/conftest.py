"""Stores for tests: on SQLite files always, on PostgreSQL where SOTA_TEST_PG_URL names a server."""

import os
import signal
import time
from dataclasses import replace

import pytest

from sota_core.recipes import Phase, Recipe
from sota_core.runs.executors.inline import InlineExecutor
from sota_core.runs.executors.process import ProcessExecutor
from sota_core.runs.executors.ray import RayExecutor
from sota_core.runs.store.database import sqlite_path
from sota_core.runs.store.store import Store
from sota_core.settings import load
from tests import databases
from tests.databases import migrated
from tests.runs.builders import ME

BACKENDS = [
    "sqlite",
    pytest.param(
        "postgresql",
        marks=pytest.mark.skipif(
            databases.SERVER not in os.environ, reason="SOTA_TEST_PG_URL names no PostgreSQL server"
        ),
    ),
]


class Clock:
    """A clock that moves only when the test says so."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=BACKENDS)
def db_url(request, tmp_path):
    """The URL of a database for one test alone. On PostgreSQL it has tables only if the test uses `store`."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'runs.db'}"
        return
    with databases.on_server(is_migrated="store" in request.fixturenames) as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def no_template_is_left():
    yield
    databases.drop_server_template()


@pytest.fixture
def settings(tmp_path, db_url):
    return load({"SOTA_HOME": str(tmp_path), "SOTA_DATA_DIR": str(tmp_path / "data"), "SOTA_DB_URL": db_url})


@pytest.fixture
def store(settings, clock):
    if path := sqlite_path(settings.db_url):
        migrated(path)
    with Store(settings, clock=clock) as store:
        yield store


@pytest.fixture
def recipe():
    return Recipe(phases=(Phase(size=32, bs=8, n_epochs=1),), arch="xresnet18", width=0.25)


@pytest.fixture
def claimed(store, recipe):
    """A run that a dispatcher has claimed and no worker has begun."""
    store.queue.submit(recipe, owner="ann")
    return store.queue.claim()


@pytest.fixture
def running(store, recipe):
    """A run whose first attempt is under way."""
    run = store.queue.submit(recipe, owner="ann")
    store.queue.claim()
    assert store.transitions.begin(run.id, 1, **ME)
    return store.history.get(run.id)


@pytest.fixture
def only_sqlite(db_url):
    if not db_url.startswith("sqlite"):
        pytest.skip("tests of processes run on SQLite alone")


@pytest.fixture
def executors(settings, only_sqlite):
    """make(kind, trainer): an executor; all of them are closed afterwards, and what they launched is killed."""
    made = []

    def make(kind, trainer, module="tests.runs.trainers"):
        name = f"{module}:{trainer}"
        if kind == "ray":
            if "SOTA_TEST_RAY_ADDRESS" not in os.environ:
                pytest.skip("SOTA_TEST_RAY_ADDRESS (and SOTA_TEST_RAY_TOKEN) name no Ray cluster")
            address, token = os.environ["SOTA_TEST_RAY_ADDRESS"], os.environ["SOTA_TEST_RAY_TOKEN"]
            made.append(RayExecutor(replace(settings, executor="ray", ray_address=address, ray_token=token), name))
            assert made[-1].capacity() > 0
        else:
            made.append(InlineExecutor(settings, name) if kind == "inline" else ProcessExecutor(settings, name))
        return made[-1]

    yield make
    for executor in made:
        for child in getattr(executor, "children", {}).values():
            if child.pid and not child.has_ended:
                os.killpg(child.pid, signal.SIGKILL)
        executor.close()


@pytest.fixture
def claim(store, recipe):
    """claim(): submit and claim one more run."""

    def claim():
        store.queue.submit(recipe, owner=f"owner-{time.monotonic()}")
        return store.queue.claim()

    return claim
