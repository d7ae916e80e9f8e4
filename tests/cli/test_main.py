"""The command line's output and exit codes, on which scripts rely."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sota_core.cli.main import build_parser, main
from sota_core.recipes import PRESETS, Recipe
from sota_core.runs.store.store import Store
from sota_core.settings import Settings, load

TINY = ["--set", "arch=xresnet18", "--set", "width=0.25", "--set", "size=32", "--set", "bs=16", "--set", "presize=48"]
SHORT = [*TINY, "--set", "n_epochs=1", "--set", "tta_n=1", "--set", "device=cpu"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a home for this test; the command line gets its folders from the environment."""
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOTA_DATA_DIR", str(tmp_path / "data"))
    return load()


def test_recipes_are_listed_as_text_and_as_json(home: Settings, capsys: pytest.CaptureFixture):
    assert main(["recipes"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in PRESETS)
    assert main(["recipes", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [Recipe.from_dict(row["recipe"]) for row in rows] == list(PRESETS.values())


def test_datasets_say_what_is_there(home: Settings, capsys: pytest.CaptureFixture):
    assert main(["datasets", "--json"]) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert {"sample", "imagenette2-160", "imagewoof2"} <= set(rows)
    assert not rows["imagenette2-160"]["present"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--recipe", "mixupp"], "unknown recipe 'mixupp'; did you mean 'mixup'?"),
        (["train", "--recipe", "mixup", "--set", "bss=3"], "unknown recipe field 'bss'"),
        (["train", "--recipe", "mixup", "--set", "bs=1"], "bs: must be a whole number from 2 to 1024, got '1'"),
        (["train", "--recipe", "mixup", "--data", "imagenet"], "imagenette2-160"),
        (["train", "--recipe", "mixup", "--data", "/nowhere/at/all"], "/nowhere/at/all"),
        (["train", "--recipe", "mixup", "--budget", "-3"], "budget: must be a positive number"),
        (["train", "--recipe", "mixup", "--seed", "-3"], "seed: must be a whole number"),
        (["datasets", "get", "cifar10"], "imagenette2-160"),
        (["datasets", "get", "/etc"], "list_pictures('/etc')"),
        (["runs", "show", "nosuchrun"], "nosuchrun"),
    ],
)
def test_what_cannot_be_done_is_said_and_ends_with_2(
    arguments: list[str], words: str, home: Settings, capsys: pytest.CaptureFixture
):
    assert main(arguments) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["trane"], ["train"], ["train", "--recipe"], ["runs"]])
def test_a_command_line_that_is_none_ends_with_2(arguments: list[str], home: Settings):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


@pytest.mark.parametrize("broken", ["empty class", "one class", "no pictures"])
def test_a_folder_that_is_no_data_set_is_refused_before_training(
    broken: str, tmp_path: Path, tiny_folder: Path, home: Settings, capsys: pytest.CaptureFixture
):
    folder = tmp_path / "mine"
    for name in ("a", "b") if broken != "one class" else ("a",):
        (folder / name).mkdir(parents=True)
        if broken != "no pictures" and not (broken == "empty class" and name == "b"):
            picture = next((tiny_folder / "train" / "blue").iterdir())
            (folder / name / "1.jpg").write_bytes(picture.read_bytes())
    assert main(["train", "--recipe", "baseline", "--data", str(folder), *SHORT]) == 2
    said = capsys.readouterr().err
    assert {"empty class": "'b'", "one class": "two classes", "no pictures": "no pictures"}[broken] in said
    with Store(home) as store:
        assert store.history.list_runs() == []


@pytest.mark.slow
def test_train_prints_events_as_json_lines_and_the_run_is_in_the_store(tiny_folder: Path, home: Settings):
    command = [
        sys.executable,
        "-m",
        "sota_core",
        "train",
        "--recipe",
        "normalize",
        "--data",
        str(tiny_folder),
        "--jsonl",
    ]
    done = subprocess.run([*command, *SHORT, "--seed", "7"], capture_output=True, text=True, timeout=580)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [e["kind"] for e in events]
    assert kinds[-1] == "ended" and events[-1]["state"] == "finished"
    assert [k for k in kinds if k in ("started", "epoch", "tta_pass")] == ["started", "epoch", "tta_pass", "tta_pass"]
    assert [e["seq"] for e in events] == sorted(e["seq"] for e in events)
    with Store(home) as store:
        (run,) = store.history.list_runs()
        assert (run.state, run.owner, run.recipe.seed) == ("finished", "cli", 7)
        stored = [e for e in store.log.events(run.id)]
        assert [e["kind"] for e in stored] == kinds
        names = {a.name for a in store.history.artifacts(run.id)}
    model = {"README.md", "model.safetensors", "model.json", "model.onnx", "predict.py", "predict_fastai.py"}
    assert names == model | {"metrics.csv", "predictions.npz", "epochs.npz"}
    assert main(["runs", "show", run.id, "--json"]) == 0
    assert main(["runs", "export", run.id, "--to", str(home.home / "out")]) == 0
    assert {"run.json", "events.jsonl", "recording.json", *names} == {p.name for p in (home.home / "out").iterdir()}


@pytest.mark.slow
def test_ctrl_c_stops_the_run_and_keeps_what_was_reached(tiny_folder: Path, home: Settings):
    command = [
        sys.executable,
        "-m",
        "sota_core",
        "train",
        "--recipe",
        "baseline",
        "--data",
        str(tiny_folder),
        "--jsonl",
    ]
    process = subprocess.Popen(
        [*command, *TINY, "--set", "n_epochs=90"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["kind"] == "epoch":
            os.kill(process.pid, signal.SIGINT)
            break
    rest, errors = process.communicate(timeout=240)
    assert process.returncode == 130, errors
    assert json.loads(rest.splitlines()[-1])["state"] == "cancelled"
    with Store(home) as store:
        (run,) = store.history.list_runs()
        assert run.state == "cancelled" and run.summary["n_epochs"] >= 1
        assert "metrics.csv" in {a.name for a in store.history.artifacts(run.id)}


def test_a_damaged_store_is_a_clear_word_and_no_traceback(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SOTA_HOME", str(tmp_path))
    (tmp_path / "runs.db").write_bytes(b"no database at all" * 400)
    assert main(["runs", "list"]) == 1
    assert capsys.readouterr().err == "error: The run store is damaged. (file is not a database)\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["runs", "backup", "--to", "/proc/x/y"],
        ["runs", "export", "--to", "/proc/x/y"],
    ],
)
def test_a_place_that_cannot_be_written_is_a_clear_word_and_no_traceback(
    arguments: list[str], home: Settings, capsys: pytest.CaptureFixture
):
    with Store(home) as store:
        run = store.queue.submit(Recipe(source="sample"), owner="ann")
        store.transitions.request_cancel(run.id)
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert told.startswith("error: /proc/x") and told.endswith(": No such file or directory\n")


@pytest.mark.parametrize("arguments", [["runs", "list"], ["submit", "--recipe", "baseline"], ["ladder", "list"]])
def test_a_home_that_cannot_be_made_is_a_clear_word(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setenv("SOTA_HOME", "/proc/x/home")
    assert main(arguments) == 1
    assert "error: /proc/x" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["submit", "--recipe", "baseline", "--owner", "a\udcff"],
        ["submit", "--recipe", "baseline", "--key", "a\udcff"],
        ["ladder", "start", "--owner", "a\udcff"],
        ["runs", "show", "a\udcff"],
        ["runs", "cancel", "a\udcff"],
        ["runs", "delete", "a\udcff"],
        ["runs", "export", "a\udcff", "--to", "x"],
        ["runs", "clear", "--days", "1" + 400 * "0"],
        ["runs", "clear", "--gb", "1e300"],
        ["worker", "x", "1" + 30 * "0"],
        ["dispatch", "--idle-timeout", "nan"],
        ["dispatch", "--idle-timeout", "inf"],
        ["dispatch", "--idle-timeout", "-1"],
        ["serve", "--address", "\udcff"],
    ],
    ids=lambda arguments: " ".join(arguments)[:30],
)
def test_what_no_store_and_no_number_takes_is_refused_by_its_name(arguments: list[str], home: Settings, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2 and ": invalid " in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "--recipe", "baseline", "--data", ""],
        ["submit", "--recipe", "baseline", "--data", ""],
        ["ladder", "start", "--data", ""],
        ["runs", "export", "--to", ""],
        ["runs", "backup", "--to", ""],
        ["recipes", "code", "mixup", "--folder", ""],
        ["datasets", "get", ""],
        ["datasets", "noisy", "", "--share", "5"],
        ["datasets", "noisy", "sample", "--share", "5", "--to", ""],
        ["datasets", "read", ""],
        ["kit", "--to", ""],
        ["kit", "--to", "kit", "--data", ""],
        ["kit", "--to", "kit", "--requirements", ""],
        ["serve", "--certificate", "", "--key", ""],
        ["nginx", "--certificate", "cert.pem", "--key", ""],
    ],
    ids=" ".join,
)
def test_an_empty_path_as_of_a_variable_that_is_not_set_does_not_mean_the_current_folder(
    arguments: list[str], capsys: pytest.CaptureFixture
):
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args(arguments)
    assert (
        ended.value.code == 2 and "must not be empty; if it comes from a variable, set that" in capsys.readouterr().err
    )


@pytest.mark.parametrize(("encoding", "shown"), [("utf-8", b"\xff\xc3\x97"), ("ascii", b"??")])
def test_a_name_that_the_terminal_cannot_show_is_no_failure(
    encoding: str, shown: bytes, home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Python itself would raise an error after everything has been done."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    to = tmp_path / "\udcff×"
    assert main(["runs", "backup", "--to", str(to)]) == 0 and to.exists()
    sys.stdout.flush()
    assert written.getvalue().endswith(shown + b"\n")
