"""A run from recipe to artifacts, with real fastai: events in order, repeatable by its seed, and a stop keeps what was
reached.
"""

import csv
import gc
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from fastai.learner import Learner

from sota_core.data.loading import files_loader
from sota_core.data.loading.resident import Pictures
from sota_core.data.pictures.view import load_presized, valid_view
from sota_core.data.sets import own
from sota_core.errors import BadPicturesError, DeviceError, InputError
from sota_core.inference.views import corner_views
from sota_core.recipes import FIELDS, TECHNIQUES, Phase, Recipe
from sota_core.settings import Settings, load
from sota_core.train import device as devices
from sota_core.train import export
from sota_core.train.fit import run_recipe
from sota_core.train.optimizer import FusedAdam
from sota_core.train.summary import Outcome, onnx_properties
from tests.data.sets.zips import classes, zip_of

pytestmark = pytest.mark.slow


class Watch:
    """Collects events; asks the run to stop once it has seen `times` events of kind `stop_at`."""

    def __init__(self, stop_at: str | None = None, times: int = 1):
        self.events: list[dict] = []
        self.stop_at, self.times = stop_at, times

    def __call__(self, event: dict) -> None:
        json.dumps(event, allow_nan=False)
        self.events.append(event)

    def should_stop(self) -> bool:
        return self.stop_at is not None and len(self.of(self.stop_at)) >= self.times

    def of(self, kind: str) -> list[dict]:
        return [e for e in self.events if e["kind"] == kind]


def train(recipe: Recipe, settings: Settings, out: Path, watch: Watch | None = None) -> tuple[Outcome, Watch]:
    watch = watch or Watch()
    out.mkdir(parents=True, exist_ok=True)
    return run_recipe(recipe, settings, emit=watch, should_stop=watch.should_stop, out_dir=out), watch


@pytest.fixture(scope="module")
def whole_run(tiny_recipe_of, tmp_path_factory: pytest.TempPathFactory) -> tuple[Recipe, Outcome, Watch]:
    """One run to the very end, including the export; several tests look at its results."""
    recipe = tiny_recipe_of(phases=(Phase(size=32, bs=16, n_epochs=6, lr=5e-3),))
    home = tmp_path_factory.mktemp("whole")
    outcome, watch = train(recipe, load({"SOTA_HOME": str(home)}), home / "out")
    outcome.artifacts.update(outcome.export())
    return recipe, outcome, watch


def test_a_run_tells_its_story_in_order(whole_run):
    _, outcome, watch = whole_run
    kinds = [e["kind"] for e in watch.events if e["kind"] != "log"]
    assert kinds[0] == "started"
    assert [k for k in kinds if k != "batch"] == ["started", "first_batch"] + 6 * ["epoch"] + 3 * ["tta_pass"]
    started = watch.of("started")[0]
    assert (started["n_train"], started["n_valid"], started["total_steps"]) == (72, 24, 6 * (72 // 16))
    assert watch.of("batch")[-1]["step"] == started["total_steps"]
    assert [e["epoch"] for e in watch.of("epoch")] == list(range(6))
    assert outcome.summary["accuracy"] == watch.of("tta_pass")[0]["accuracy"]
    assert outcome.summary["tta_accuracy"] == watch.of("tta_pass")[-1]["accuracy"]


def test_no_event_of_a_run_on_a_visitor_s_own_set_holds_a_picture(tiny_recipe, tmp_path):
    settings = load({"SOTA_HOME": str(tmp_path)})
    made = own.begin(zip_of(classes("owl", "wren", n=12)), "birds", "ada", settings)
    own.fill(made.id, settings, lambda *_: None)
    _, watch = train(tiny_recipe.replace(source=made.source, split="random20", tta_n=0), settings, tmp_path / "out")
    assert watch.of("epoch") and "image/" not in json.dumps(watch.events)


def test_a_finished_run_leaves_every_artifact(whole_run):
    _, outcome, watch = whole_run
    results = {"metrics.csv", "model.safetensors", "model.json", "predictions.npz", "predict_fastai.py", "README.md"}
    assert set(outcome.artifacts) == results | {"epochs.npz", "model.onnx", "predict.py"}
    assert "\n- onnx\n" in outcome.artifacts["README.md"].read_text()
    with outcome.artifacts["metrics.csv"].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(r["accuracy"]) for r in rows] == [e["accuracy"] for e in watch.of("epoch")]


def test_the_net_learns_and_the_stored_predictions_repeat_the_said_accuracies(whole_run):
    _, outcome, _ = whole_run
    assert outcome.summary["accuracy"] > 0.6  # chance is 1/3
    with np.load(outcome.artifacts["predictions.npz"], allow_pickle=False) as stored:
        assert stored["plain"].shape == (24, 3) and stored["views"].shape == (2, 24, 3)
        assert stored["corners"].shape == (5, 24, 3) and stored["cornered"].tolist() == list(range(24))
        np.testing.assert_allclose(stored["plain"].sum(1), 1, atol=1e-5)
        assert (stored["plain"].argmax(1) == stored["labels"]).mean() == outcome.summary["accuracy"]
        assert [str(n).split("/")[1] for n in stored["names"]] == [str(stored["classes"][i]) for i in stored["labels"]]
        combined = 0.75 * stored["views"].mean(0) + 0.25 * stored["plain"]
    assert (combined.argmax(1) == np.repeat(np.arange(3), 8)).mean() == outcome.summary["tta_accuracy"]


def test_the_stored_answers_of_each_epoch_repeat_its_said_accuracy(whole_run):
    _, outcome, watch = whole_run
    with np.load(outcome.artifacts["epochs.npz"], allow_pickle=False) as stored:
        epochs = dict(stored)
    assert epochs["epochs"].tolist() == [1, 2, 3, 4, 5, 6] and epochs["said"].shape == (6, 24)
    is_right = epochs["said"] == epochs["labels"]
    np.testing.assert_allclose(is_right.mean(1), [e["accuracy"] for e in watch.of("epoch")], rtol=1e-6)
    ce = -np.log(np.maximum(epochs["p_true"].astype(float), 1e-7)).mean(1)
    np.testing.assert_allclose(
        ce, [e["valid_ce"] for e in watch.of("epoch")], atol=3e-4
    )  # float16 has steps of 5e-4 just below 1
    assert (epochs["learnt"] - epochs["forgotten"]).tolist() == is_right[-1].tolist()
    with np.load(outcome.artifacts["predictions.npz"], allow_pickle=False) as stored:
        assert stored["names"].tolist() == epochs["names"].tolist()
        # the last pass asks the same net about the same pictures; only batches and rounding differ
        np.testing.assert_allclose(epochs["p_said"][-1].astype(float), stored["plain"].max(1), atol=2e-3)


def test_the_stored_features_are_what_the_last_layer_was_given(whole_run):
    """Probabilities are the softmax of a linear map of the features. 24 pictures have 23 components, all of which are
    kept.
    """
    _, outcome, _ = whole_run
    with np.load(outcome.artifacts["predictions.npz"], allow_pickle=False) as stored:
        logits = np.log(np.maximum(stored["plain"], 1e-30))
        index, z, share = stored["featured"], stored["components"], stored["component_share"]
    assert index.tolist() == list(range(24)) and z.dtype == np.float16 and len(z) == 24
    assert share.sum() == pytest.approx(1, abs=1e-4) and (np.diff(share) <= 0).all()
    assert (z.astype(float) ** 2).sum(1).mean() == pytest.approx(1, abs=0.01)
    gaps = logits[:, 1:] - logits[:, :1]  # log-probabilities lack a constant per picture
    design = np.column_stack([z.astype(float)[:, :12], np.ones(24)])  # fewer unknowns than pictures, else anything fits
    off = gaps - design @ np.linalg.lstsq(design, gaps, rcond=None)[0]
    assert off.std() < 0.1 * gaps.std()


def test_the_exported_model_predicts_what_the_run_stored(whole_run):
    import onnxruntime

    recipe, outcome, _ = whole_run
    card = json.loads(outcome.artifacts["model.json"].read_text())
    session = onnxruntime.InferenceSession(str(outcome.artifacts["model.onnx"]))
    assert b"site-packages" not in outcome.artifacts["model.onnx"].read_bytes()  # no folder of this machine
    assert session.get_modelmeta().custom_metadata_map == onnx_properties(card)
    mean, std = (np.array(card[k], np.float32).reshape(3, 1, 1) for k in ("mean", "std"))
    with np.load(outcome.artifacts["predictions.npz"], allow_pickle=False) as stored:
        for i in (0, 9, 23):
            picture = load_presized(Path(recipe.source) / str(stored["names"][i]), card["presize"])
            x = (valid_view(picture, card["size"], card["resize"]) / np.float32(255) - mean) / std
            logits = session.run(["logits"], {"pictures": x[None].astype(np.float32)})[0][0]
            probs = np.exp(logits - logits.max())
            np.testing.assert_allclose(probs / probs.sum(), stored["plain"][i], atol=1e-3)
            x = (corner_views(picture, card["size"]) / np.float32(255) - mean) / std
            probs = np.exp(session.run(["logits"], {"pictures": x.astype(np.float32)})[0])
            at = stored["cornered"].tolist().index(i)
            np.testing.assert_allclose(probs / probs.sum(1, keepdims=True), stored["corners"][:, at], atol=1e-3)


def test_the_card_is_free_while_the_exporter_works(
    tiny_recipe: Recipe, settings: Settings, tmp_path: Path, monkeypatch
):
    outcome, _ = train(tiny_recipe, settings, tmp_path / "out")
    held = []

    def count_what_is_held(path: Path, model: torch.nn.Module, size: int, properties: dict[str, str]) -> Path:
        held.extend(type(o).__name__ for o in gc.get_objects() if type(o) in (Learner, FusedAdam, Pictures))
        assert {p.device.type for p in model.parameters()} == {"cpu"}
        return path

    monkeypatch.setattr(export, "write_onnx", count_what_is_held)
    outcome.export()
    assert held == []


def test_the_chapters_own_loader_trains_too(tiny_recipe: Recipe, settings: Settings, tmp_path: Path):
    recipe = tiny_recipe.replace(loader="files", tta_n=1)
    outcome, watch = train(recipe, settings, tmp_path / "out", Watch("tta_pass", 2))
    assert len(watch.of("epoch")) == 2
    with np.load(outcome.artifacts["predictions.npz"], allow_pickle=False) as stored:
        assert stored["views"].shape == (1, 24, 3)
        assert not np.array_equal(stored["views"][0], stored["plain"]), "views must have the training transforms"


def test_the_same_seed_gives_the_same_losses_and_another_one_does_not(
    tiny_recipe: Recipe, settings: Settings, tmp_path: Path
):
    def losses(recipe: Recipe, name: str) -> list[float]:
        _, watch = train(recipe.replace(tta_n=0), settings, tmp_path / name, Watch("epoch", 1))
        return [watch.of("epoch")[0][k] for k in ("train_loss", "valid_loss")]

    first, again = losses(tiny_recipe, "a"), losses(tiny_recipe, "b")
    assert first == again
    assert losses(tiny_recipe.replace(seed=7), "c") != first


def test_progressive_resizing_keeps_one_split_and_the_printed_leak_is_reproducible(
    tiny_recipe: Recipe, settings: Settings, tmp_path: Path
):
    phases = (Phase(size=32, bs=16, n_epochs=1), Phase(size=40, bs=8, n_epochs=1, lr=1e-3, method="fine_tune"))
    recipe = tiny_recipe.replace(phases=phases, split="random20", tta_n=0)
    outcome, watch = train(recipe, settings, tmp_path / "one", Watch("tta_pass"))
    assert [(e["phase"], e["stage"]) for e in watch.of("epoch")] == [(0, "main"), (1, "frozen"), (1, "main")]
    again, _ = train(recipe.replace(resplit=True), settings, tmp_path / "two", Watch("tta_pass"))

    def names(o: Outcome) -> set[str]:
        with np.load(o.artifacts["predictions.npz"], allow_pickle=False) as stored:
            return set(map(str, stored["names"]))

    assert names(outcome) != names(again)


@pytest.mark.parametrize("loader", ["cache", "files"])
def test_every_technique_trains_and_is_seen_in_the_losses(
    loader: str, tiny_recipe: Recipe, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(files_loader, "n_workers", lambda: 0)  # forking workers would take longer than this training
    plain = tiny_recipe.replace(phases=(Phase(size=32, bs=16, n_epochs=1),), tta_n=0, normalize="none", loader=loader)
    on = {name: {name: "batch" if FIELDS[name].kind == "choice" else FIELDS[name].high / 4} for name in TECHNIQUES}
    reached = {}
    for title, changes in {"none": {}, **on, "two": on["cutmix_alpha"] | on["label_smoothing"]}.items():
        _, watch = train(plain.replace(**changes), settings, tmp_path / title, Watch("epoch"))
        event = watch.of("epoch")[0]
        reached[title] = [event["train_loss"], event["valid_loss"], event["valid_ce"]]
        assert np.isfinite(reached[title]).all(), title
    same = [name for name in TECHNIQUES if reached[name] == reached["none"]]
    assert not same, f"{same} with loader={loader}: no effect; data/loading/ or train/learner.py must apply it"


@pytest.mark.parametrize("stop_at", ["log", "batch", "epoch", "tta_pass"])
def test_a_stop_at_any_moment_keeps_what_was_reached(
    stop_at: str, tiny_recipe: Recipe, settings: Settings, tmp_path: Path
):
    outcome, watch = train(tiny_recipe, settings, tmp_path / "out", Watch(stop_at))
    assert outcome.stopped
    assert len(watch.of("epoch")) == {"log": 0, "batch": 0, "epoch": 1, "tta_pass": 2}[stop_at]
    assert outcome.export is None
    if stop_at == "tta_pass":
        assert outcome.summary["accuracy"] is not None and "predictions.npz" in outcome.artifacts
        assert not json.loads(outcome.artifacts["model.json"].read_text())["stopped_early"], "it was trained to the end"
        card = outcome.artifacts["README.md"].read_text()
        assert "stopped before its end" not in card and "model.onnx" not in card
    elif stop_at != "log":
        assert outcome.summary["accuracy"] is None
        assert json.loads(outcome.artifacts["model.json"].read_text())["stopped_early"]


def test_a_batch_larger_than_the_training_set_is_said_before_training(
    tiny_recipe: Recipe, settings: Settings, tmp_path: Path
):
    with pytest.raises(InputError, match="512"):
        train(tiny_recipe.replace(phases=(Phase(size=32, bs=512),)), settings, tmp_path / "out")


def test_a_gpu_that_is_not_there_is_named(tiny_recipe: Recipe, settings: Settings, tmp_path: Path):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(DeviceError, match="cuda was asked for, this machine has cpu"):
        train(tiny_recipe.replace(device="cuda"), settings, tmp_path / "out")


@pytest.mark.parametrize("loader", ["cache", "files"])
def test_broken_pictures_are_skipped_up_to_one_in_a_hundred(
    loader: str, tiny_folder: Path, tiny_recipe: Recipe, settings: Settings, tmp_path: Path
):
    folder = tmp_path / "pictures"
    shutil.copytree(tiny_folder, folder)
    for i in range(2):  # two of 96 pictures
        (folder / "train" / "blue" / f"{i:03}.jpg").write_bytes(b"\xff\xd8 not a picture")
    recipe = tiny_recipe.replace(source=str(folder), loader=loader)
    with pytest.raises(BadPicturesError, match="at most 1 % of 96"):
        train(recipe, settings, tmp_path / "out")


def test_mixed_precision_without_units_for_it_is_said_to_be_fp32(
    tiny_recipe: Recipe, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(devices, "cpu_has_bf16", lambda: False)
    recipe = tiny_recipe.replace(precision="fp16", phases=(Phase(size=32, bs=16, n_epochs=1),), tta_n=0)
    _, watch = train(recipe, settings, tmp_path / "out", Watch("started"))
    assert watch.of("started")[0]["precision"] == "fp32"
    assert any("the run uses fp32" in event["message"] for event in watch.of("log"))
