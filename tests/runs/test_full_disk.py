"""A disk that is really full, a small one of its own: what frees room, or ends a run, still works."""

import os
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from sota_core.cli.main import main
from sota_core.recipes import Recipe
from sota_core.runs.dispatch import dispatcher
from sota_core.runs.run import Artifact
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.settings import Settings, load
from sota_core.system import disk_reserve
from sota_core.system.environment import child_environment
from sota_core.system.processes import host_name
from tests.runs.builders import ME

FILE_BYTES = 4 * 2**20


@pytest.fixture
def home(tmp_path: Path):
    """A disk of 40 MB."""
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(small)]
    with suppress(FileNotFoundError):
        if os.geteuid() == 0 and not subprocess.run(mount, capture_output=True).returncode:
            yield small / "home"
            subprocess.run(["umount", "-l", str(small)], check=True)
            return
    pytest.skip("needs the right to mount a disk of its own")


@pytest.fixture
def settings(home: Path) -> Settings:
    return replace(load({"SOTA_HOME": str(home), "SOTA_START_EARLY": "0"}), min_free_bytes=1)


def fill(home: Path) -> None:
    """Put the reserve aside, then write until nothing is free."""
    disk_reserve.keep(home, 1)
    with (home.parent / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    assert (home / "ballast").exists()


@pytest.fixture
def full(settings: Settings, recipe: Recipe):
    """The store as a web process has it open, on a full disk with the reserve: two runs that have left a file each, and
    one that waits.
    """
    with Store(settings) as store:
        for _ in range(2):
            run = store.queue.submit(recipe, owner="ann")
            store.queue.claim()
            store.transitions.begin(run.id, 1, **ME)
            path = store.artifacts_dir / run.id / "model.onnx"
            path.parent.mkdir(parents=True)
            path.write_bytes(os.urandom(FILE_BYTES))
            artifact = Artifact(run.id, path.name, path, FILE_BYTES, "0" * 64)
            store.transitions.finish(run.id, 1, {"accuracy": 0.5}, [artifact])
        store.queue.submit(recipe, owner="bea")
        fill(settings.home)
        yield store


def test_a_page_stops_deletes_and_keeps_runs_there(full: Store):
    waits, kept, old = full.history.list_runs()
    assert full.transitions.request_cancel(waits.id).state is State.CANCELLED
    full.history.pin(kept.id)
    assert full.history.delete(old.id) and full.history.get(kept.id).pinned


@pytest.mark.parametrize("words", [["delete", "{old}"], ["clear", "--gb", "0.005"], ["cancel", "{waits}"]])
def test_so_does_the_command_line(full: Store, settings: Settings, words: list[str], monkeypatch, capsys):
    waits, _, old = full.history.list_runs()
    for name, value in child_environment(settings).items():
        monkeypatch.setenv(name, value)
    assert main(["runs", *(word.format(old=old.id, waits=waits.id) for word in words)]) == 0, capsys.readouterr().err
    named = waits if words[0] == "cancel" else old
    left = {run.id: run.state for run in full.history.list_runs()}
    assert left.get(named.id) is (State.CANCELLED if words[0] == "cancel" else None)


def test_a_dispatcher_starts_there_and_ends_the_run_whose_process_is_gone(settings: Settings, recipe: Recipe):
    with Store(settings) as store:
        run = store.queue.submit(recipe, owner="ann")
        store.queue.claim()
        store.transitions.begin(run.id, 1, pid=2**22 + 1, birth="x:1", host=host_name())
        fill(settings.home)
        assert dispatcher.run(settings, 1.0, trainer="tests.runs.trainers:quick") == 0
        assert store.history.get(run.id).state is State.LOST
