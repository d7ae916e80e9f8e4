"""A result's fold about its epochs: read from the run's file, opened on request, at the chosen epoch."""

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.train.by_epoch import EPOCH, STAGE
from pages.shared.pictures.models import SHIPPED_FOLDER
from sota_core import words
from sota_core.inference.epochs import EPOCHS
from sota_core.recipes import Recipe
from sota_core.runs.store.store import Store
from tests.pages import live
from tests.pages.conftest import texts  # type: ignore[import-not-found]
from tests.pages.test_compare import told

Visit = Callable[..., AppTest]
LEGEND = "Epoch by epoch"


def answered(store: Store, run: str, n_epochs: int = 4) -> np.ndarray:
    """Store answers of each epoch beside the run's others; returns the answers, (E, 500)."""
    with np.load(SHIPPED_FOLDER / "predictions.npz") as found:
        labels, names, classes = found["labels"], found["names"], found["classes"]
    rng = np.random.default_rng(0)
    is_right = rng.random((n_epochs, len(labels))) < np.linspace(0.3, 0.8, n_epochs)[:, None]
    said = np.where(is_right, labels, (labels + rng.integers(1, 10, is_right.shape)) % 10).astype(np.uint16)
    p = rng.random(said.shape).astype(np.float16)
    looks = np.vstack([np.zeros((1, len(labels)), bool), is_right])
    np.savez_compressed(
        store.artifacts_dir / run / EPOCHS,
        epochs=np.arange(1, n_epochs + 1), said=said, p_said=p, p_true=p, labels=labels, names=names, classes=classes,
        learnt=(~looks[:-1] & looks[1:]).sum(0), forgotten=(looks[:-1] & ~looks[1:]).sum(0),
        n_epochs=n_epochs, n_asked=len(labels),
    )  # fmt: skip
    return said


@pytest.fixture
def run(store: Store, tiny: Recipe) -> str:
    return told(store, tiny, (0.4, 0.6, 0.7, 0.8), tta=0.85)


def labels() -> np.ndarray:
    with np.load(SHIPPED_FOLDER / "predictions.npz") as found:
        return found["labels"]


def test_the_fold_opens_at_the_last_epoch_and_goes_to_the_chosen_one(visit: Visit, store: Store, run: str) -> None:
    said = answered(store, run)
    folded = visit("train", run=run)
    assert [e.label for e in folded.expander if e.label.startswith(LEGEND)] and STAGE not in live.stages(folded)
    app = visit("train", run=run, **{STAGE: "true"})
    right = (said == labels()).mean(1).tolist()
    assert live.slots(app)["right"] == words.percent(right[3]) and live.slots(app)["epoch"] == "4"
    app.select_slider(key=EPOCH).set_value(2).run()
    assert not app.exception
    slots, read = live.slots(app), texts(app)
    assert slots["right"] == words.percent(right[1]) and "surest of after epoch 2" in read
    learnt = int(((said[0] != labels()) & (said[1] == labels())).sum())
    assert f"Since epoch 1, {learnt} pictures turned right" in slots["turned"]
    forgotten = ((said[:-1] == labels()) & (said[1:] != labels())).any(0).sum()
    assert f"{forgotten} forgotten at least once" in read and "Toneva et al. (2019)" in read


def test_the_address_opens_it_at_an_epoch_and_another_run_is_not_asked_for_one_it_lacks(
    visit: Visit, store: Store, tiny: Recipe, run: str
) -> None:
    answered(store, run)
    shorter = told(store, tiny.replace(seed=2), (0.4, 0.6), tta=0.85)
    answered(store, shorter, n_epochs=2)
    app = visit("train", run=run, **{STAGE: "true", EPOCH: "3"})
    assert live.slots(app)["epoch"] == "3"
    app.query_params["run"] = shorter
    app.run()
    assert not app.exception and live.slots(app)["epoch"] == "2"
    assert live.slots(visit("train", run=run, **{STAGE: "true", EPOCH: "99"}))["epoch"] == "4"


def test_nothing_is_offered_where_less_than_two_epochs_are_kept(visit: Visit, store: Store, run: str) -> None:
    def folds() -> list[str]:
        return [e.label for e in visit("train", run=run, **{STAGE: "true"}).expander if e.label.startswith(LEGEND)]

    assert not folds()
    answered(store, run, n_epochs=1)
    assert not folds()


def test_a_file_that_cannot_be_read_is_named(visit: Visit, store: Store, run: str) -> None:
    (store.artifacts_dir / run / EPOCHS).write_bytes(b"PK")
    assert "not the answers of a run's epochs" in texts(visit("train", run=run)).replace("\\", "")
