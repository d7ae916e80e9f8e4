"""The whole chain with real training: submit, a detached dispatcher, a forked worker, fastai, artifacts."""

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sota_core.data.pictures.listing import list_pictures
from sota_core.recipes import Phase, Recipe
from sota_core.runs.dispatch import dispatcher
from sota_core.runs.dispatch.starter import Starter
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.settings import load
from sota_core.system.environment import child_environment
from tests.pace import Pace
from tests.runs.executors.test_executor import PATIENCE_S, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Two classes that differ in colour: 40 training and 8 validation pictures each."""
    rng = np.random.default_rng(0)
    root = tmp_path_factory.mktemp("pictures")
    for part, n in (("train", 40), ("val", 8)):
        for name, colour in (("red", (200, 40, 40)), ("blue", (40, 40, 200))):
            folder = root / part / name
            folder.mkdir(parents=True)
            for i in range(n):
                pixels = (rng.integers(0, 50, (40, 48, 3)) + np.array(colour)).clip(0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"{i}.png")
    return root


@pytest.fixture(scope="module")
def recipe(pictures):
    return Recipe(
        phases=(Phase(size=32, bs=16, n_epochs=2),), source=str(pictures), arch="xresnet18", width=0.125, presize=40
    )


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """Settings of a home where the real dispatcher is at work."""
    home = tmp_path_factory.mktemp("home")
    settings = load({"SOTA_HOME": str(home), "SOTA_DATA_DIR": str(home / "data"), "SOTA_MIN_FREE_MB": "1"})
    starter = Starter(settings)
    starter.ensure_running()
    yield settings
    assert dispatcher.stop(settings, timeout_s=PATIENCE_S)
    assert starter.started[0].wait(PATIENCE_S) == 0


@pytest.fixture
def store(settings):
    with Store(settings) as store:
        yield store


RESULTS = {
    "README.md",
    "epochs.npz",
    "metrics.csv",
    "model.json",
    "model.safetensors",
    "predict_fastai.py",
    "predictions.npz",
}


def test_a_submitted_run_is_trained_by_fastai_and_leaves_its_artifacts(settings, store, recipe):
    submitted = store.queue.submit(recipe, owner="ann")
    run = wait_until(lambda: (now := store.history.get(submitted.id)).is_terminal and now, seconds=240)
    assert run.state is State.FINISHED, run.traceback
    assert run.attempt == 1 and 0 <= run.summary["accuracy"] <= 1
    events = store.log.events(run.id)
    assert [e["seq"] for e in events] == list(range(1, len(events) + 1))
    kinds = [e["kind"] for e in events if e["kind"] in ("started", "epoch", "tta_pass", "ended")]
    assert kinds == ["started", "epoch", "epoch", *["tta_pass"] * 5, "ended"]
    files = {a.name: a for a in store.history.artifacts(run.id)}
    assert set(files) == RESULTS | {"model.onnx", "predict.py"}
    for file in files.values():
        assert hashlib.sha256(file.path.read_bytes()).hexdigest() == file.sha256
    assert run.data == list_pictures(Path(recipe.source)).fingerprint()
    assert store.history.find_finished(recipe, data=run.data).id == run.id
    assert "fastai preloaded" in (settings.home / "logs" / "dispatcher.log").read_text()


EXPORTS_ON_AND_ON = (
    "import sys; from sota_core import settings; from sota_core.runs.dispatch import dispatcher; "
    "sys.exit(dispatcher.run(settings.load(), 60, trainer='tests.runs.real_trainers:exports_on_and_on'))"
)


@pytest.fixture
def exporting(tmp_path):
    """A store whose runs, once trained, are exported by torch again and again until somebody stops them."""
    settings = load({"SOTA_HOME": str(tmp_path), "SOTA_DATA_DIR": str(tmp_path / "data"), "SOTA_MIN_FREE_MB": "1"})
    with Store(settings) as store:
        process = subprocess.Popen([sys.executable, "-c", EXPORTS_ON_AND_ON], env=child_environment(settings))
        yield store
        assert dispatcher.stop(settings, timeout_s=PATIENCE_S)
        process.wait()


def test_a_stop_during_the_export_is_heard_and_keeps_everything_else(exporting, recipe):
    """torch's exporter never asks whether to go on."""
    store = exporting
    run = store.queue.submit(recipe, owner="bob")
    wait_until(lambda: any(e.get("stage") == "export" for e in store.log.events(run.id, kinds=["log"])), seconds=240)
    with Pace() as pace:
        asked_at = time.time()
        store.transitions.request_cancel(run.id)
        ended = wait_until(lambda: (now := store.history.get(run.id)).is_terminal and now)
    assert (ended.state, ended.reason) == (State.CANCELLED, "stopped_trained"), ended.message
    assert ended.ended_at - asked_at < 5 * pace.slowness  # 2 s on an idle machine
    assert ended.summary["accuracy"] is not None
    files = store.history.artifacts(run.id)
    assert {file.name for file in files} == RESULTS == {path.name for path in (store.artifacts_dir / run.id).iterdir()}
