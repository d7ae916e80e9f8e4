"""`runs list | show | cancel | delete | clear` with rows of another version, and with runs whose process is gone."""

import json
import subprocess
import sys

import pytest

from sota_core.cli.main import main
from sota_core.recipes import Recipe
from sota_core.runs.run import Run
from sota_core.runs.states import State
from sota_core.runs.store import schema
from sota_core.runs.store.store import Store
from sota_core.settings import Settings, load
from sota_core.system.processes import birth_of, host_name
from tests.databases import migrated
from tests.runs.builders import in_a_state_of_another_version, of_another_version


@pytest.fixture
def home(tmp_path, monkeypatch) -> Settings:
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SOTA_DB_URL", raising=False)
    migrated(tmp_path / "home" / "runs.db")
    return load()


@pytest.fixture
def strange(home: Settings) -> Run:
    with Store(home) as store:
        run = store.queue.submit(Recipe(), owner="ann", key="ladder:tower:x:0")
        of_another_version(store, run.id)
        store.queue.submit(Recipe(seed=1), owner="bob")
    return run


def test_another_version_s_run_is_listed_shown_and_stopped(strange: Run, home: Settings, capsys) -> None:
    for command in (["list"], ["show", strange.id], ["cancel", strange.id]):
        assert main(["runs", *command]) == 0
        assert f"{strange.id}  " in (said := capsys.readouterr().out) and "another version's" in said
    assert main(["runs", "list", "--json"]) == 0 and len(json.loads(capsys.readouterr().out)) == 2
    assert main(["ladder", "list"]) == 0 and "tower" in capsys.readouterr().out
    assert main(["ladder", "show", "tower"]) == 0
    with Store(home) as store:
        assert store.history.get(strange.id).state is State.CANCELLED


def test_a_run_in_a_state_that_is_not_known_is_listed_shown_and_deleted(home: Settings, capsys) -> None:
    with Store(home) as store:
        run, other = store.queue.submit(Recipe(), owner="ann"), store.queue.submit(Recipe(), owner="bob")
        in_a_state_of_another_version(store, run.id)
    assert main(["runs", "list"]) == 0
    assert f"{run.id}  unknown " in (said := capsys.readouterr().out) and f"{other.id}  queued " in said
    assert main(["runs", "show", run.id]) == 0 and "does not know" in capsys.readouterr().out
    assert main(["runs", "show", run.id, "--json"]) == 0 and json.loads(capsys.readouterr().out)["state"] == "unknown"
    assert main(["runs", "cancel", run.id]) == 0 == main(["runs", "delete", run.id])


def test_an_id_that_is_given_twice_is_deleted_once(home: Settings, capsys: pytest.CaptureFixture) -> None:
    with Store(home) as store:
        ids = [store.queue.submit(Recipe(), owner=owner).id for owner in ("ann", "bob")]
        for run_id in ids:
            store.transitions.request_cancel(run_id)
    assert main(["runs", "delete", ids[0], ids[1], ids[0]]) == 0
    assert capsys.readouterr().out.split() == ids


@pytest.fixture
def orphan(home: Settings) -> Run:
    """A run that still counts as running though its process is gone, as `train` leaves it when it is killed."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        me = {"pid": process.pid, "birth": birth_of(process.pid), "host": host_name()}
        with Store(home) as store:
            run = store.queue.submit(Recipe(), owner="cli", state=State.STARTING)
            assert store.transitions.begin(run.id, 1, **me)
            # its process is alive
            assert main(["runs", "list"]) == 0 and store.history.get(run.id).state is State.RUNNING
        process.kill()
    return run


@pytest.mark.parametrize("command", ["list", "show", "cancel", "delete", "clear"])
def test_a_command_s_run_whose_process_is_gone_is_ended_by_any_of_them(
    command: str, orphan: Run, home: Settings, capsys
) -> None:
    capsys.readouterr()
    assert main(["runs", command, *([orphan.id] if command in ("show", "cancel", "delete") else [])]) == 0
    with Store(home) as store:
        found = store.history.list_runs()
    if command == "delete":
        assert found == [] and capsys.readouterr().out == f"{orphan.id}\n"
    else:
        assert [(run.state, run.reason) for run in found] == [(State.LOST, "gone")]


@pytest.mark.parametrize("other", [{"host": "elsewhere"}, {"birth": None}, {"self_started": False}])
def test_what_others_look_after_or_nobody_can_tell_is_left_alone(other: dict, orphan: Run, home: Settings) -> None:
    with Store(home) as store:
        with store.session.writing() as connection:
            connection.execute(schema.run.update().values(**other))
        assert main(["runs", "list"]) == 0 and store.history.get(orphan.id).state is State.RUNNING


def test_one_that_was_asked_to_stop_counts_as_stopped(orphan: Run, home: Settings) -> None:
    with Store(home) as store:
        store.transitions.request_cancel(orphan.id)
        assert main(["runs", "list"]) == 0 and store.history.get(orphan.id).state is State.CANCELLED
