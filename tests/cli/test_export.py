"""`runs export`: which files it writes, for whom, and what it does not overwrite."""

from pathlib import Path

import pytest

from sota_core.cli.export import FORMS
from sota_core.cli.main import main
from sota_core.recipes import Recipe
from sota_core.runs.run import Artifact
from sota_core.runs.store.store import Store
from sota_core.settings import Settings, load
from tests.analysis.run_events import run_events
from tests.runs.builders import ME

PUSHED = {"README.md", "model.json", "model.onnx", "model.safetensors", "predict.py", "predict_fastai.py"}
KEPT = PUSHED | {"metrics.csv", "predictions.npz", "epochs.npz"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOTA_DATA_DIR", str(tmp_path / "data"))
    return load()


@pytest.fixture
def run(home: Settings) -> str:
    """The id of a finished run with all its files, each of which contains its own name."""
    with Store(home) as store:
        run = store.queue.submit(Recipe(source="sample"), owner="ann")
        store.queue.claim()
        store.transitions.begin(run.id, 1, **ME)
        store.log.append(run.id, 1, run_events())
        folder = store.artifacts_dir / run.id
        folder.mkdir(parents=True)
        files = []
        for name in KEPT:
            (folder / name).write_text(name)
            files.append(Artifact(run.id, name, folder / name, len(name), "0" * 64))
        assert store.transitions.finish(run.id, 1, {"accuracy": 0.5}, files)
    return run.id


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_model_is_exported_without_what_names_this_machine(run: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    assert main(["runs", "export", run, "--as", "model", "--to", str(tmp_path / "out")]) == 0
    assert names(tmp_path / "out") == PUSHED
    assert {Path(line).name for line in capsys.readouterr().out.splitlines()} == PUSHED
    assert main(["runs", "export", "--as", "model", "--to", str(tmp_path / "all")]) == 0
    assert names(tmp_path / "all" / run) == PUSHED


@pytest.mark.parametrize("form", FORMS)
def test_where_no_run_has_left_anything_an_export_says_so(
    form: str, home: Settings, tmp_path: Path, capsys: pytest.CaptureFixture
):
    assert main(["runs", "export", "--as", form, "--to", str(tmp_path / "all")]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"nothing to export: no run here has left anything as {form}\n")


def test_a_second_export_into_the_same_folder_replaces_the_first(run: str, tmp_path: Path):
    for _ in range(2):
        assert main(["runs", "export", run, "--as", "model", "--to", str(tmp_path / "out")]) == 0


def test_the_models_of_two_runs_are_not_mixed(run: str, home: Settings, tmp_path: Path, capsys: pytest.CaptureFixture):
    with Store(home) as store:
        stopped = store.queue.submit(Recipe(source="sample", seed=1), owner="bob").id
        store.queue.claim()
        store.transitions.begin(stopped, 1, **ME)
        (folder := store.artifacts_dir / stopped).mkdir()
        files = []
        for name in ("README.md", "model.json", "model.safetensors"):
            (folder / name).write_text("of another net")
            files.append(Artifact(stopped, name, folder / name, 14, "1" * 64))
        store.transitions.request_cancel(stopped)
        assert store.transitions.cancel(stopped, 1, summary={"accuracy": 0.3}, artifacts=files)
    out = tmp_path / "out"
    assert main(["runs", "export", run, "--as", "model", "--to", str(out)]) == 0
    before = {path: path.read_bytes() for path in out.iterdir()}
    assert main(["runs", "export", stopped, "--as", "model", "--to", str(out)]) == 2
    assert "has model.onnx, predict.py, predict_fastai.py of another run" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in out.iterdir()} == before
    assert main(["runs", "export", stopped, "--as", "model", "--to", str(tmp_path / "other")]) == 0
    assert main(["runs", "export", run, "--as", "model", "--to", str(tmp_path / "other")]) == 0  # replaces all of it
    assert (tmp_path / "other" / "model.json").read_text() == "model.json"


@pytest.mark.parametrize("form", ["model", "files"])
def test_a_readme_of_something_else_is_not_written_over(
    form: str, run: str, tmp_path: Path, capsys: pytest.CaptureFixture
):
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "README.md").write_text("my project")
    assert main(["runs", "export", run, "--as", form, "--to", str(tmp_path / "project")]) == 2
    assert "README.md of something else" in capsys.readouterr().err
    assert names(tmp_path / "project") == {"README.md"}
    assert (tmp_path / "project" / "README.md").read_text() == "my project"


def test_curves_of_runs_lie_side_by_side_each_under_its_runs_name(run: str, tmp_path: Path):
    for asked in ([run], []):
        for form in ("csv", "tensorboard"):
            assert main(["runs", "export", *asked, "--as", form, "--to", str(tmp_path / form)]) == 0
    assert names(tmp_path / "csv") == {f"{run}.csv"}
    assert (tmp_path / "csv" / f"{run}.csv").read_text().startswith("step,timestamp,")
    assert names(tmp_path / "tensorboard") == {run}
    (file,) = names(tmp_path / "tensorboard" / run)
    assert "tfevents" in file


@pytest.mark.parametrize("form", ["csv", "tensorboard"])
def test_a_run_that_has_recorded_nothing_says_so(
    form: str, home: Settings, tmp_path: Path, capsys: pytest.CaptureFixture
):
    with Store(home) as store:
        waiting = store.queue.submit(Recipe(source="sample"), owner="ann").id
    assert main(["runs", "export", waiting, "--as", form, "--to", str(tmp_path / "out")]) == 2
    assert f"nothing to export as {form}" in capsys.readouterr().err


def test_a_run_that_has_left_no_model_says_so(home: Settings, tmp_path: Path, capsys: pytest.CaptureFixture):
    with Store(home) as store:
        waiting = store.queue.submit(Recipe(source="sample"), owner="ann").id
    assert main(["runs", "export", waiting, "--as", "model", "--to", str(tmp_path / "out")]) == 2
    assert f"run {waiting} is queued and has left nothing to export as model" in capsys.readouterr().err
    assert main(["runs", "export", "--as", "model", "--to", str(tmp_path / "all")]) == 0
    assert not (tmp_path / "out").exists() and not (tmp_path / "all").exists()


def test_one_whose_files_are_elsewhere_keeps_no_other_one(
    run: str, home: Settings, tmp_path: Path, capsys: pytest.CaptureFixture
):
    """As when two machines share a database, but no files."""
    with Store(home) as store:
        elsewhere = store.queue.submit(Recipe(source="sample", seed=1), owner="bob").id
        store.queue.claim()
        store.transitions.begin(elsewhere, 1, **ME)
        gone = Artifact(elsewhere, "model.onnx", store.artifacts_dir / elsewhere / "model.onnx", 1, "0" * 64)
        assert store.transitions.finish(elsewhere, 1, {"accuracy": 0.5}, [gone])
    for form in ("files", "model"):
        assert main(["runs", "export", "--as", form, "--to", str(tmp_path / form)]) == 1
        told = capsys.readouterr()
        said = f"error: run {elsewhere}: export: model.onnx of run {elsewhere} cannot be fetched to this machine"
        assert said in told.err.splitlines() and (tmp_path / form / run / "model.onnx").exists()
    assert main(["runs", "export", elsewhere, "--to", str(tmp_path / "one")]) == 1
