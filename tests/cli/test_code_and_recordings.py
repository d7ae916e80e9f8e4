"""`recipes code` prints a recipe as fastai code; `runs export` can also write the recording of a finished run."""

import json
from pathlib import Path

import pytest

from sota_core import settings as environment
from sota_core.cli.main import main
from sota_core.recipes import PRESETS, apply_settings
from sota_core.runs.recordings.recording import load, record
from sota_core.runs.store.store import Store
from sota_core.script import notebook, python_script
from sota_core.train import events as make
from tests.runs.told import begin, finished_run, small_recipe


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOTA_DATA_DIR", str(tmp_path / "data"))
    return Store(environment.load())


def test_the_code_of_a_preset_is_printed_with_the_settings_asked_for(store: Store, capsys: pytest.CaptureFixture):
    assert main(["recipes", "code", "mixup", "--set", "mixup_alpha=0.2", "--set", "seed=7"]) == 0
    assert capsys.readouterr().out == python_script(apply_settings(PRESETS["mixup"], ["mixup_alpha=0.2", "seed=7"]))


def test_the_notebook_is_printed_as_json(store: Store, capsys: pytest.CaptureFixture):
    assert main(["recipes", "code", "progressive", "--notebook", "--folder", "/data/pets"]) == 0
    printed = capsys.readouterr().out
    assert printed == notebook(PRESETS["progressive"], folder="/data/pets") and json.loads(printed)["nbformat"] == 4


@pytest.mark.parametrize("arguments", [["mixupp"], ["mixup", "--set", "bs=1"]])
def test_code_of_what_does_not_exist_ends_with_2(arguments: list[str], store: Store, capsys: pytest.CaptureFixture):
    assert main(["recipes", "code", *arguments]) == 2
    assert "error:" in capsys.readouterr().err


def test_a_finished_run_is_exported_with_its_recording(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture):
    run = finished_run(store, small_recipe())
    assert main(["runs", "export", run.id, "--to", str(tmp_path / "out")]) == 0
    file = tmp_path / "out" / "recording.json"
    assert str(file) in capsys.readouterr().out.splitlines()
    assert load(file.read_bytes()) == record(run, store.log.events(run.id))


def test_a_run_shows_what_was_said_of_its_pictures_once(store: Store, capsys: pytest.CaptureFixture):
    store.queue.submit(small_recipe(), owner="ann")
    run = begin(store)
    skipped = ["test/ is kept apart: its 2 pictures are neither trained nor validated on."] * 2
    skipped += [f"Skipped, cannot be decoded: a/{i}.jpg" for i in range(30)]
    told = [make.log(text, stage="data") for text in skipped] + [make.log("Reading", stage="data", done=1, total=2)]
    store.log.append(run.id, run.attempt, [event | {"seq": i, "t": 0.0} for i, event in enumerate(told, 1)])
    assert main(["runs", "show", run.id]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == [f"  {skipped[0]}", f"  {skipped[2]}"]
    assert lines[20:] == ["  Skipped, cannot be decoded: a/18.jpg", f"  … and 11 more: runs show {run.id} --json"]
    assert main(["runs", "show", run.id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == skipped[1:]


def test_a_run_that_has_not_finished_has_none(store: Store, tmp_path: Path):
    run = store.queue.submit(small_recipe(), owner="ann")
    assert main(["runs", "export", run.id, "--to", str(tmp_path / "out")]) == 0
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"run.json", "events.jsonl"}
