"""A run's figures exported for other trackers; each file is opened with the tracker itself."""

import csv
import io
import json
import os
import socket
import subprocess
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata as hparams_metadata

from sota_core.analysis.trackers import BATCH, COLUMNS, END, EPOCH, as_csv, write_tensorboard
from sota_core.recipes import Recipe
from sota_core.runs.run import Run
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from tests.analysis.run_events import run_events

TRACKIO = "SOTA_TEST_TRACKIO_PYTHON"  # an interpreter with trackio, which needs another pillow than ours
# Imports a CSV into trackio and reads it back.
ASK_TRACKIO = """
import json, sys, trackio
from trackio.sqlite_storage import SQLiteStorage
trackio.import_csv(sys.argv[1], project="lab")
(run,) = trackio.Api().runs("lab")
print("FOUND" + json.dumps([run.name, SQLiteStorage.get_logs("lab", run.name)]))
"""


@pytest.fixture
def run(settings: Settings) -> Run:
    with Store(settings) as store:
        store.queue.submit(Recipe(source="/home/ann/my pets", seed=7), owner="ann")
        claimed = store.queue.claim()
    assert claimed is not None and claimed.attempt == 1
    return claimed


def rows_of(text: str) -> dict[int, dict[str, str]]:
    return {int(row["step"]): row for row in csv.DictReader(io.StringIO(text))}


def test_a_line_a_step_with_everything_that_was_known_there(run: Run, events: list[dict]):
    text = as_csv(run, events)
    rows = rows_of(text)
    assert text.splitlines()[0] == ",".join(COLUMNS)
    assert list(rows) == list(range(1, 31))
    first, tenth, last = rows[1], rows[10], rows[30]
    batch, epoch = events[2], next(e for e in events if e["kind"] == "epoch")
    assert {name: float(first[name]) for name in BATCH} == {name: batch[name] for name in BATCH}
    assert {first[name] for name in (*EPOCH, *END)} == {""}
    assert first["timestamp"] == "1970-01-01T00:16:42.000+00:00"  # t = 1002 s
    assert {name: float(tenth[name]) for name in EPOCH} == {name: epoch[name] for name in EPOCH}
    passes = [e["accuracy"] for e in events if e["kind"] == "tta_pass"]
    assert [float(last[name]) for name in END] == [passes[0], passes[-1], 4]
    assert {row["tta_acc"] for step, row in rows.items() if step < 30} == {""}


def test_a_loss_that_was_no_number_is_empty_and_an_earlier_attempt_is_not_told(run: Run, events: list[dict]):
    lost = [{**e, "attempt": 0, "t": 1.0} for e in events if e["kind"] == "batch"]
    events[2]["loss"] = events[2]["smooth_loss"] = None
    rows = rows_of(as_csv(run, [*lost, {"kind": "of tomorrow"}, *events]))
    assert rows[1]["loss"] == "" and rows[1]["lr"] != "" and rows[2]["loss"] != ""
    assert rows[1]["timestamp"].startswith("1970-01-01T00:16")


def test_an_epoch_of_an_older_version_stands_at_the_last_step(run: Run, events: list[dict]):
    old = [{k: v for k, v in e.items() if k != "step" or e["kind"] != "epoch"} for e in events]
    assert as_csv(run, old) == as_csv(run, events)


def test_a_run_that_has_recorded_nothing_gives_nothing(run: Run, tmp_path: Path):
    assert as_csv(run, run_events()[:2]) == ""
    assert write_tensorboard(run, run_events()[:2], tmp_path / "out") is None
    assert not (tmp_path / "out").exists()


def test_names_stay_apart_where_trackio_cuts_them():
    cut = ["".join(c for c in name if c.isalnum() or c == "/")[:10] for name in COLUMNS]
    assert len(set(cut)) == len(cut) and {"step", "timestamp"} <= set(cut)


@pytest.fixture
def opened(run: Run, events: list[dict], tmp_path: Path) -> EventAccumulator:
    events[2]["loss"] = None
    for _ in range(2):  # the second must replace the first: no point may be there twice
        write_tensorboard(run, events, tmp_path / "logdir" / run.id)
    found = EventAccumulator(str(tmp_path / "logdir" / run.id), size_guidance={"scalars": 0})
    found.Reload()
    return found


def test_tensorboard_reads_every_point_at_its_step_and_time(opened: EventAccumulator, events: list[dict]):
    tags = {f"batch/{n}" for n in (*BATCH, "phase")} | {f"epoch/{n}" for n in (*EPOCH, "phase")}
    assert set(opened.Tags()["scalars"]) == tags | {f"end/{name}" for name in END}
    batches = [e for e in events if e["kind"] == "batch"]
    for name in BATCH:
        told = [(e["step"], e["t"], e[name]) for e in batches if e[name] is not None]
        got = [(s.step, s.wall_time, s.value) for s in opened.Scalars(f"batch/{name}")]
        assert [g[:2] for g in got] == [t[:2] for t in told]
        assert [g[2] for g in got] == pytest.approx([t[2] for t in told])  # TensorBoard stores float32
    epochs = [(e["step"], e["accuracy"]) for e in events if e["kind"] == "epoch"]
    assert [(s.step, s.value) for s in opened.Scalars("epoch/accuracy")] == [(s, pytest.approx(a)) for s, a in epochs]
    (views,) = opened.Scalars("end/tta_views")
    assert (views.step, views.value) == (30, 4)


def test_tensorboards_hparams_know_the_recipe_and_not_where_the_pictures_lie(opened: EventAccumulator):
    told = opened.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    start = hparams_metadata.parse_session_start_info_plugin_data(told)
    assert start.hparams["seed"].number_value == 7
    assert start.hparams["phases.0.bs"].number_value == 64
    assert start.hparams["source"].string_value == "my pets"
    assert b"/home/ann" not in told


def test_an_event_file_is_called_by_its_run_and_not_by_this_machine(
    run: Run, events: list[dict], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(socket, "gethostname", lambda: "this-machine")  # a short host name may be part of a run's id
    path = write_tensorboard(run, events, tmp_path / "out")
    assert path is not None and list((tmp_path / "out").iterdir()) == [path]
    assert path.name == f"events.out.tfevents.1002.{run.id}"
    assert "this-machine" not in path.name


@pytest.mark.skipif(TRACKIO not in os.environ, reason=f"{TRACKIO} names no interpreter that has trackio")
def test_trackio_imports_the_csv(run: Run, events: list[dict], tmp_path: Path):
    path = tmp_path / f"{run.id}.csv"
    path.write_text(as_csv(run, events), encoding="utf-8")
    env = os.environ | {"TRACKIO_DIR": str(tmp_path / "trackio"), "HF_HUB_OFFLINE": "1"}
    run_it = {"capture_output": True, "text": True, "timeout": 120, "cwd": tmp_path, "env": env}
    done = subprocess.run([os.environ[TRACKIO], "-c", ASK_TRACKIO, str(path)], **run_it)
    assert done.returncode == 0, done.stderr
    name, logs = json.loads(done.stdout.partition("FOUND")[2])
    assert name == run.id
    got = {row["step"]: row for row in logs}
    told = rows_of(path.read_text())
    assert list(got) == list(told)
    cut = {"".join(c for c in column if c.isalnum())[:10]: column for column in COLUMNS}
    for step, row in told.items():
        values = {short: float(row[column]) for short, column in cut.items() if row[column] and column != "timestamp"}
        assert {k: v for k, v in got[step].items() if k != "timestamp"} == values
        assert got[step]["timestamp"] == row["timestamp"]
