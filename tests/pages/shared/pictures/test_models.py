"""Which models a page may ask: the shipped one, and those of finished runs that have left both files."""

import pytest

from pages.shared.pictures import models
from sota_core.runs.run import Artifact
from sota_core.runs.states import State


@pytest.fixture
def finish(store, tiny):
    """finish(*names) ends a run that has left files of these names."""

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
