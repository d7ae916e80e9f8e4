"""The whole chain once with real training: submit, a detached dispatcher, a forked worker, fastai, artifacts."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from sota_core.recipes import Phase, Recipe
from sota_core.runs import dispatcher
from sota_core.runs.states import State
from sota_core.runs.store import Store
from sota_core.settings import load
from tests.runs.test_executor import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def pictures(tmp_path):
    """Two classes that differ in colour, 40 and 8 of each."""
    rng = np.random.default_rng(0)
    for part, n in (("train", 40), ("val", 8)):
        for name, colour in (("red", (200, 40, 40)), ("blue", (40, 40, 200))):
            folder = tmp_path / "pictures" / part / name
            folder.mkdir(parents=True)
            for i in range(n):
                pixels = (rng.integers(0, 50, (40, 48, 3)) + np.array(colour)).clip(0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"{i}.png")
    return tmp_path / "pictures"


def test_a_submitted_run_is_trained_by_fastai_and_leaves_its_artifacts(tmp_path, pictures):
    home = tmp_path / "home"
    settings = load({"SOTA_HOME": str(home), "SOTA_DATA_DIR": str(tmp_path / "data"), "SOTA_MIN_FREE_MB": "1"})
    recipe = Recipe(
        phases=(Phase(size=32, bs=16, n_epochs=2),), source=str(pictures), arch="xresnet18", width=0.125, presize=40
    )
    dispatcher.ensure_running(settings)
    try:
        with Store(settings) as store:
            submitted = store.submit(recipe, owner="ann")
            run = wait_until(lambda: (now := store.get(submitted.id)).is_terminal and now, seconds=240)
            assert run.state is State.FINISHED, run.traceback
            assert run.attempt == 1 and 0 <= run.summary["accuracy"] <= 1
            events = store.events(run.id)
            assert [e["seq"] for e in events] == list(range(1, len(events) + 1))
            kinds = [e["kind"] for e in events if e["kind"] in ("started", "epoch", "tta_pass", "ended")]
            assert kinds == ["started", "epoch", "epoch", *["tta_pass"] * 5, "ended"]
            files = {a.name: a for a in store.artifacts(run.id)}
            assert {"predictions.npz", "model.safetensors", "model.onnx", "model.json", "metrics.csv"} == set(files)
            for file in files.values():
                assert hashlib.sha256(file.path.read_bytes()).hexdigest() == file.sha256
            assert store.find_finished(recipe).id == run.id
        assert "fastai preloaded" in (home / "logs" / "dispatcher.log").read_text()
    finally:
        assert dispatcher.stop(settings, timeout_s=10)
