"""Test-time augmentation for a visitor's own finished run: its model and predictions, from the store."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.pictures import models
from sota_core.functional.tta import rescued_and_broken
from sota_core.inference.predictions import load_stored
from sota_core.recipes import Recipe
from sota_core.runs.run import Artifact
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from tests.pages.conftest import texts  # type: ignore[import-not-found]

PAGE = "tta"
Visit = Callable[..., AppTest]


def finished(store: Store, recipe: Recipe, *, n_views: int | None, cornered: np.ndarray | None = None) -> str:
    """A finished run with the shipped model and predictions of n_views views; None: without predictions.

    cornered  the pictures whose centre and corner crops are stored
    """
    run = store.queue.submit(recipe, owner="me", state=State.STARTING)
    assert store.transitions.begin(run.id, run.attempt, pid=1, birth=None, host="here")
    folder = store.artifacts_dir / run.id
    folder.mkdir(parents=True)
    for name in ("model.onnx", "model.json"):
        shutil.copy(models.SHIPPED_FOLDER / name, folder / name)
    if n_views is not None:
        with np.load(models.SHIPPED_FOLDER / "predictions.npz") as found:
            arrays = {k: found[k] for k in ("plain", "labels", "names", "classes")}
            if cornered is not None:
                arrays |= {"cornered": cornered, "corners": found["corners"][:, cornered]}
            np.savez(folder / "predictions.npz", **arrays, views=found["views"][:n_views])
    files = [Artifact(run.id, p.name, p, p.stat().st_size, "0" * 64) for p in sorted(folder.iterdir())]
    assert store.transitions.finish(run.id, run.attempt, {"accuracy": 0.85}, files)
    return run.id


@pytest.mark.long
def test_a_finished_run_is_chosen_by_its_id_in_the_address_and_recombined(
    visit: Visit, store: Store, tiny: Recipe
) -> None:
    run = finished(store, tiny, n_views=2)
    app = visit(PAGE, tta__model=run, tta__n="8", tta__beta="0.5")
    assert app.selectbox(key="tta.model").value == run
    stored = load_stored(store.artifacts_dir / run / "predictions.npz")
    rescued, broken = rescued_and_broken(stored.plain, stored.combined(2, 0.5), stored.labels)
    said = texts(app)
    assert f"{len(rescued)} rescued − {len(broken)} broken" in said and "with 2 views" in said
    assert "stored only its augmented views" in said


@pytest.mark.long
def test_a_run_s_centre_and_corners_are_counted_beside_its_views_on_the_same_pictures(
    visit: Visit, store: Store, tiny: Recipe
) -> None:
    some = np.arange(0, 500, 5)
    run = finished(store, tiny, n_views=4, cornered=some)
    said = texts(visit(PAGE, tta__model=run))
    stored = load_stored(store.artifacts_dir / run / "predictions.npz")
    assert stored.cornered is not None
    plain, labels = stored.plain[some], stored.labels[some]
    for name, probs in (
        ("centre and four corners, each a fifth of the vote | 5", stored.cornered.probs.mean(0)),
        ("plain and 4 augmented views, as set above | 5", stored.combined(4, 0.25)[some]),
    ):
        rescued, broken = rescued_and_broken(plain, probs, labels)
        right = 100 * (probs.argmax(1) == labels).mean()
        assert f"| {name} | {right:.1f}\u00a0% | {len(rescued)} | {len(broken)} |" in said
    assert "On 100 of its 500 validation pictures" in said
    assert "stored only its augmented views" not in said and "never on squished" not in said


@pytest.mark.long
def test_the_chosen_run_stands_in_the_address_and_the_shipped_one_does_not(
    visit: Visit, store: Store, tiny: Recipe
) -> None:
    run = finished(store, tiny, n_views=2)
    app = visit(PAGE)
    assert "tta.model" not in app.query_params
    app.selectbox(key="tta.model").set_value(run).run()
    assert app.query_params["tta.model"] in (run, [run])  # AppTest gives a list if the address has set it


@pytest.mark.parametrize(("n_views", "sentence"), [(0, "without augmented views"), (None, "has left no predictions")])
def test_a_run_with_nothing_to_combine_says_so(
    n_views: int | None, sentence: str, visit: Visit, store: Store, tiny: Recipe
) -> None:
    assert sentence in texts(visit(PAGE, tta__model=finished(store, tiny, n_views=n_views)))


def test_pictures_that_are_not_on_this_machine_are_asked_for_in_a_sentence(
    visit: Visit, store: Store, tiny: Recipe
) -> None:
    run = finished(store, tiny.replace(source="imagenette2-160"), n_views=2)
    said = texts(visit(PAGE, tta__model=run)).replace("\\", "")
    assert "this data set is not here" in said and "learn.tta(" in said


def test_an_unknown_model_is_the_shipped_one(visit: Visit) -> None:
    assert visit(PAGE, tta__model="nobody").selectbox(key="tta.model").value == models.SHIPPED


def test_a_machine_without_any_model_leads_to_the_lab(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "SHIPPED_FOLDER", tmp_path)
    app = visit(PAGE)
    assert "There is no net here yet" in app.info[0].value
