"""Whoever looks at a run that has not ended makes sure that a dispatcher is running."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.shared.runs import queue
from sota_core import settings as environment
from sota_core.recipes import Recipe
from sota_core.runs.dispatch import dispatcher
from sota_core.runs.dispatch.starter import Starter
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.system.processes import host_name
from tests.databases import migrated

Visit = Callable[..., AppTest]
WATCHING = {
    "its panel": ("train", {"run": "{}"}),
    "the list": ("train", {"runs": "all"}),
    "the board": ("room", {"room": "FAST7"}),
    "the comparison": ("compare", {"runs": "{}"}),
    "the first screen": ("overview", {}),
}


def ghost(store: Store, recipe: Recipe) -> str:
    """A run whose worker was killed while no dispatcher was there to notice."""
    run = store.queue.submit(recipe, owner="somebody", room="FAST7")
    assert store.queue.claim() is not None
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    assert store.transitions.begin(run.id, 1, pid=dead.pid, birth="then:1", host=host_name())
    return run.id


@pytest.mark.long
@pytest.mark.parametrize("where", WATCHING)
def test_a_live_run_is_looked_after_wherever_it_is_shown(
    where: str, visit: Visit, store: Store, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(Starter, "ensure_running", lambda self: asked.append(self))
    page, address = WATCHING[where]
    visit(page, **{name: value.format("nosuchrun") for name, value in address.items()})
    assert asked == []
    run_id = ghost(store, tiny)
    st.cache_data.clear()  # forgets what was read a moment ago
    visit(page, **{name: value.format(run_id) for name, value in address.items()})
    assert asked


@pytest.mark.slow
def test_a_run_whose_worker_and_dispatcher_were_killed_is_not_shown_as_training_for_ever(
    visit: Visit, tiny: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "another"))  # a home whose dispatcher's lock is free
    migrated(tmp_path / "another" / "runs.db")
    settings = environment.load()
    try:
        with Store(settings) as store:
            run_id = ghost(store, tiny)
            visit("train", run=run_id)
            deadline = time.monotonic() + 240
            while store.history.get(run_id).state is not State.LOST and time.monotonic() < deadline:
                time.sleep(0.1)
            assert store.history.get(run_id).state is State.LOST
    finally:
        dispatcher.stop(settings, timeout_s=120)
        for process in queue.starter(settings).started:
            process.wait(120)


@pytest.mark.long
@pytest.mark.parametrize("slots", ["", "2"])
def test_who_waits_for_a_cluster_that_is_away_is_told_so(
    slots: str, visit: Visit, store: Store, tiny: Recipe, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOTA_SLOTS", slots)
    run = store.queue.submit(tiny, owner="somebody")

    def said() -> str:
        return " ".join(p.proto.text for p in visit("train", run=run.id).get("progress"))

    assert "it is next" in said()
    (home / "dispatcher.json").write_text('{"slots": 0}')
    assert "No run can be started now" in said()
