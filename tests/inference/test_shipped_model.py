"""The model that ships with the app: small, with the embedded set's classes, and answering what its predictions.npz
says.
"""

import itertools
import json

import numpy as np
import pytest

from benchmarks.training import sample_model
from sota_core.data.sample import sample
from sota_core.figures.tta.views import BETAS
from sota_core.functional.tta import rescued_and_broken
from sota_core.inference import load_model, predict, probabilities, stretched
from sota_core.inference import sweep as sweeps
from sota_core.inference.named_picture import open_named
from sota_core.inference.predictions import LOG_ODDS, MEAN, PREDICTIONS, RULES, growth, load_stored
from sota_core.inference.stretched import STRETCHED
from sota_core.inference.sweep import SWEEP
from sota_core.inference.views import STRENGTHS, corner_views
from sota_core.recipes import Recipe
from sota_core.settings import Settings

FOLDER = sample_model.SHIPPED
MAX_BYTES = 3_600_000
TOLERANCE = 1e-3  # of probabilities: resizing by the loader and by Pillow may differ by one grey level


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
    assert Recipe.from_dict(json.loads((FOLDER / "model.json").read_text())["recipe"]) == sample_model.recipe()


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
        np.testing.assert_allclose(found, stored.cornered.probs[:, i], atol=TOLERANCE)


def test_it_has_pictures_that_views_rescue_and_pictures_that_they_break(stored) -> None:
    rescued, broken = rescued_and_broken(stored.plain, stored.combined(4, 0.25), stored.labels)
    assert len(rescued) >= 3 and len(broken) >= 3


def test_its_stretched_views_come_out_again(model, stored, settings: Settings) -> None:
    found = stretched.load(FOLDER / STRETCHED)
    assert set(found) | {1.0} == set(STRENGTHS)
    for i in (0, 238, 499):
        picture = pictures(stored, np.array([i]), model.presize, settings)[0]
        for strength in (0.0, 1.5, 3.0):
            again = np.exp(stretched.ask(model, picture, 3, i, strength).astype(np.float32))
            np.testing.assert_allclose(found[strength][:3, i], again, atol=2 * TOLERANCE)


def test_more_strength_than_training_s_costs_accuracy_and_none_gives_the_plain_view_s(stored) -> None:
    swept = sweeps.load(FOLDER / SWEEP)
    reached = {s: swept.balance(4, 0.25, MEAN, s).accuracy for s in STRENGTHS}
    assert reached[1.0] > swept.plain and reached[3.0] < reached[1.0]
    assert swept.balance(8, 0.0, MEAN, 0.0).accuracy == pytest.approx(swept.plain, abs=0.02)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_what_was_counted_before_is_what_its_predictions_give(stored, strength: float) -> None:
    swept = sweeps.load(FOLDER / SWEEP)
    of = stored if strength == 1 else stored.seen_as(stretched.load(FOLDER / STRETCHED)[strength])
    assert swept.plain == stored.accuracy(stored.plain) and swept.betas == BETAS and swept.n_views == stored.n_views
    for rule, n, beta in itertools.product(RULES, (1, 4, 8), (0.0, 0.25, 0.8)):
        rescued, broken = rescued_and_broken(stored.plain, of.combined(n, beta, rule), stored.labels)
        found = swept.balance(n, beta, rule, strength)
        assert (found.n_rescued, found.n_broken) == (len(rescued), len(broken))
    for found, expected in zip(swept.growth(0.25, LOG_ODDS, strength), growth(of, 0.25, LOG_ODDS), strict=True):
        assert (found.mean, found.low, found.high) == pytest.approx((expected.mean, expected.low, expected.high))
