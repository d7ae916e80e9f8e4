"""docs/hosting.md: every command is run, or parsed where it would not return; a backup is restored."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sota_core import paths
from sota_core.cli.main import build_parser
from sota_core.data.sets import own
from sota_core.people import answers, nameplates
from sota_core.recipes import PRESETS
from sota_core.runs.store.store import Store
from sota_core.settings import load
from tests.runs.told import begin, finish

PAGE = (paths.ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")
BLOCKS = [block.strip().splitlines() for block in re.findall(r"(?ms)^```\n(.*?)^```", PAGE)]
COMMANDS = [line for block in BLOCKS for line in block]
BACKUP = next(block for block in BLOCKS if "backup --to" in block[0])
RESTORE = next(block for block in BLOCKS if block[0].startswith("mkdir"))


def run(lines: list[str], home: Path, folder: Path) -> str:
    """Run these lines in a shell, with the project's Python first on the path."""
    (folder / "bin").mkdir(exist_ok=True)
    python = folder / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    python.chmod(0o755)
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    env = os.environ | {"SOTA_HOME": str(home), "SOTA_DATA_DIR": str(home / "sets"), "PATH": path}
    env |= {"PYTHONPATH": os.pathsep.join(filter(None, [str(paths.ROOT), os.environ.get("PYTHONPATH")]))}
    told = subprocess.run(["sh", "-e"], input="\n".join(lines), env=env, cwd=folder, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr + told.stdout
    return told.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_line_is_a_command_of_the_program_or_of_any_shell(command: str):
    words = shlex.split(command)
    if words[0] == "python":
        assert words[1:3] == ["-m", "sota_core"]
        build_parser().parse_args(words[3:])
    else:
        assert words[0] in ("cp", "mkdir", "rm")


@pytest.mark.long
def test_those_that_end_by_themselves_do_what_they_say(tmp_path: Path):
    """Run in one shell. Backup and restore have a test of their own; `serve` is tested in tests/e2e."""
    lines = [line for line in COMMANDS if line not in (*BACKUP, *RESTORE) and " serve " not in line]
    assert len(lines) == 5
    told = run([*lines, RESTORE[-1]], tmp_path / "home", tmp_path)
    assert "server_name lab.example.org;" in told and "ready      store: answers" in told and "ok       store" in told
    assert 'sota_runs{state="queued"} 0.0' in told


def test_the_metrics_it_lists_are_those_there_are(tmp_path: Path):
    from sota_core.cli.hosting import metrics
    from sota_core.runs.dispatch import deployment

    told = {family.name for family in metrics.families(deployment.look(load({"SOTA_HOME": str(tmp_path)})))} - {"sota"}
    assert {name.removesuffix("_total") for name in re.findall(r"`(sota_\w+)(?:\{[\w,]+\})?`", PAGE)} == told


def test_what_of_a_visitor_is_not_in_a_backup_is_said(tmp_path: Path):
    settings, owner = load({"SOTA_HOME": str(tmp_path)}), "user-" + "0" * 20
    own.begin(b"a zip", "mine", owner, settings)
    nameplates.keep(tmp_path, owner, "Ada")
    answers.show(tmp_path, "FAST7", owner, "Ada", "q1a")
    made = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert made == {"own", "rooms", "names"} == {name for name in made if f"(`{name}`)" in PAGE}


@pytest.mark.long
def test_a_backup_comes_back_in_another_home_with_runs_files_and_key(tmp_path: Path):
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    with Store(load({"SOTA_HOME": str(home)})) as store:
        run_id = store.queue.submit(PRESETS["mixup"].replace(source="sample"), owner="ann").id
        begin(store)
        finish(store, run_id, 0.75)
        key, events = store.server_key(), store.log.events(run_id)
        store.artifacts_dir.joinpath(run_id).mkdir(parents=True)
        store.artifacts_dir.joinpath(run_id, "model.json").write_text("{}")
        run(BACKUP, home, tmp_path)  # the store is open, as it is while the app runs
        store.queue.submit(PRESETS["baseline"].replace(source="sample"), owner="later")
    home.rename(tmp_path / "lost")
    assert run_id in run(RESTORE, elsewhere, tmp_path)
    with Store(load({"SOTA_HOME": str(elsewhere)})) as store:
        (kept,) = store.history.list_runs()
        assert (kept.id, kept.summary["accuracy"]) == (run_id, 0.75) and store.log.events(run_id) == events
        assert store.server_key() == key
        assert (store.artifacts_dir / run_id / "model.json").read_text() == "{}"


KILLED = """
import os, signal
from sota_core.recipes import PRESETS
from sota_core.runs.store.store import Store
from sota_core.settings import load
store = Store(load())
for n in range(20):
    store.queue.submit(PRESETS["baseline"].replace(source="sample"), owner=f"later-{n}")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.long
def test_a_backup_comes_back_in_the_home_of_an_app_that_was_killed_while_it_wrote(tmp_path: Path):
    home = tmp_path / "home"
    with Store(load({"SOTA_HOME": str(home)})) as store:
        run_id = store.queue.submit(PRESETS["mixup"].replace(source="sample"), owner="ann").id
    run(BACKUP, home, tmp_path)
    env = os.environ | {"SOTA_HOME": str(home), "PYTHONPATH": str(paths.ROOT)}
    assert subprocess.run([sys.executable, "-c", KILLED], env=env).returncode == -signal.SIGKILL
    assert (home / "runs.db-wal").stat().st_size  # SQLite would replay it onto the database that is put there
    assert run(RESTORE, home, tmp_path).split()[0] == run_id
    with Store(load({"SOTA_HOME": str(home)})) as store:
        assert [kept.id for kept in store.history.list_runs()] == [run_id]
