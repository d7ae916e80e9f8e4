"""Which models a page may ask: the shipped one, and those of finished runs that have both files."""

import hashlib

import pytest

from pages.shared.pictures import models
from sota_core.errors import DataError
from sota_core.runs.run import Artifact
from sota_core.runs.states import State


@pytest.fixture
def finish(store, tiny):
    """finish(*names): the id of a run that has ended and left files of these names."""

    def finish(*names: str) -> str:
        run = store.queue.submit(tiny, owner="me", state=State.STARTING)
        folder = store.artifacts_dir / run.id
        folder.mkdir(parents=True)
        for name in names:
            (folder / name).write_bytes(b"x")
        files = [Artifact(run.id, name, folder / name, 1, "0" * 64) for name in names]
        assert store.transitions.begin(run.id, run.attempt, pid=1, birth=None, host="here")
        assert store.transitions.finish(run.id, run.attempt, {"accuracy": 0.5}, files)
        models._of_runs.clear()  # type: ignore[attr-defined]
        return run.id

    return finish


def test_a_finished_run_with_both_files_can_be_asked(finish, store):
    id_ = finish("model.onnx", "model.json")
    choice = models.choices()[id_]
    assert (choice.folder, choice.source) == (store.artifacts_dir / id_, "sample")
    assert "50.0\u00a0%" in choice.label and id_ in choice.label


def test_a_run_without_a_model_is_not_offered(finish):
    assert finish("model.json", "metrics.csv") not in models.choices()


def test_a_model_that_was_deleted_is_not_offered(finish, store):
    id_ = finish("model.onnx", "model.json")
    (store.artifacts_dir / id_ / "model.onnx").unlink()
    assert id_ not in models.choices()


def test_the_shipped_net_comes_first_where_it_is(finish):
    id_ = finish("model.onnx", "model.json")
    is_shipped = (models.SHIPPED_FOLDER / "model.onnx").is_file()
    assert list(models.choices()) == ([models.SHIPPED, id_] if is_shipped else [id_])


@pytest.fixture
def shared(tmp_path, monkeypatch):
    """The folder in which several machines share runs' files."""
    monkeypatch.setenv("SOTA_ARTIFACTS", f"file://{tmp_path}/shared")
    return tmp_path / "shared"


def test_the_model_of_a_run_that_trained_elsewhere_is_fetched_when_it_is_asked(shared, tiny, store):
    net = models.SHIPPED_FOLDER
    run = store.queue.submit(tiny, owner="me", state=State.STARTING)
    (shared / run.id).mkdir(parents=True)
    files = []
    for name in ("model.onnx", "model.json"):
        content = (net / name).read_bytes()
        (shared / run.id / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        files.append(Artifact(run.id, name, store.artifacts_dir / run.id / name, len(content), digest))
    assert store.transitions.begin(run.id, run.attempt, pid=1, birth=None, host="elsewhere")
    assert store.transitions.finish(run.id, run.attempt, {"accuracy": 0.5}, files)
    models._of_runs.clear()  # type: ignore[attr-defined]
    choice = models.choices()[run.id]
    assert not choice.folder.exists()
    assert models.load(choice).names == models.load(models.choices()[models.SHIPPED]).names

    for file in files:
        file.path.unlink()
    (shared / run.id / "model.onnx").unlink()
    with pytest.raises(DataError, match=r"its model\.onnx is not available at the moment; choose another net"):
        models.load(choice)
