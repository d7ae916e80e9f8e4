"""The model that ships: small, of the embedded set's classes, and saying what its predictions.npz says it says."""

import json

import numpy as np
import pytest

from benchmarks.training import sample_model
from sota_core.data.sample import sample
from sota_core.functional.tta import rescued_and_broken
from sota_core.inference import load_model, predict, probabilities
from sota_core.inference.named_picture import open_named
from sota_core.inference.predictions import PREDICTIONS, load_stored
from sota_core.inference.views import corner_views
from sota_core.settings import Settings

FOLDER = sample_model.SHIPPED
MAX_BYTES = 3 * 10**6
TOLERANCE = 1e-3  # of a probability: the loader's resizing and Pillow's may differ by one grey level


@pytest.fixture(scope="module")
def model():
    return load_model(FOLDER)


@pytest.fixture(scope="module")
def stored():
    return load_stored(FOLDER / PREDICTIONS)


def pictures(stored, items: np.ndarray, presize: int, settings: Settings) -> list:
    return [open_named("sample", stored.names[i], presize, settings) for i in items]


def test_it_is_small_and_holds_what_it_should() -> None:
    assert sorted(p.name for p in FOLDER.iterdir()) == sorted(sample_model.FILES)
    assert sum(p.stat().st_size for p in FOLDER.iterdir()) <= MAX_BYTES


def test_it_does_not_say_where_it_was_trained() -> None:
    assert b"site-packages" not in (FOLDER / "model.onnx").read_bytes()


def test_its_classes_are_those_of_the_embedded_set(model, stored) -> None:
    assert model.classes == stored.classes == tuple(sorted(sample.sample_classes))
    assert len(stored) == sample.N_VALID * len(model.classes)
    assert [name.split("/")[1] for name in stored.names] == [model.classes[k] for k in stored.labels]


def test_its_recipe_is_the_one_that_the_script_trains() -> None:
    assert json.loads((FOLDER / "model.json").read_text())["recipe"] == sample_model.recipe().to_dict()


def test_its_predictions_come_out_again_on_every_tenth_picture(model, stored, settings: Settings) -> None:
    items = np.arange(0, len(stored), 10)
    found = predict(model, pictures(stored, items, model.presize, settings))
    np.testing.assert_allclose(found, stored.plain[items], atol=TOLERANCE)


@pytest.mark.slow
def test_its_predictions_come_out_again_on_all_pictures(model, stored, settings: Settings) -> None:
    found = predict(model, pictures(stored, np.arange(len(stored)), model.presize, settings))
    np.testing.assert_allclose(found, stored.plain, atol=TOLERANCE)


def test_its_five_crops_come_out_again(model, stored, settings: Settings) -> None:
    items = np.arange(3, len(stored), 100)
    for i, picture in zip(items, pictures(stored, items, model.presize, settings), strict=True):
        found = probabilities(model, corner_views(picture, model.size))
        np.testing.assert_allclose(found, stored.others["corners"][:, i], atol=TOLERANCE)


def test_it_has_pictures_that_views_rescue_and_pictures_that_they_break(stored) -> None:
    rescued, broken = rescued_and_broken(stored.plain, stored.combined(4, 0.25), stored.labels)
    assert len(rescued) >= 3 and len(broken) >= 3
