"""An exported model is asked with onnxruntime; a net small enough to compute by hand says whether its answer is
right.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sota_core.data.pictures.view import Presized, fastai_view, presized, valid_view
from sota_core.errors import DataError, InputError, RangeError, ShapeError
from sota_core.functional.normalize import normalize
from sota_core.inference import load_model, predict, probabilities

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
# The net of these tests: logits = W · the mean of each channel over all pixels.
WEIGHTS = np.array([[3.0, -1.0, 0.5], [-2.0, 2.0, 1.0]], np.float32)


def write_model(folder: Path, **card: object) -> Path:
    from onnx import TensorProto, checker, helper, numpy_helper, save

    nodes = [
        helper.make_node("GlobalAveragePool", ["pictures"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w"], ["logits"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "mean_colour",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["b", 3, "h", "w"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["b", 2])],
        [numpy_helper.from_array(WEIGHTS, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    checker.check_model(model)
    save(model, folder / "model.onnx")
    values = {
        "classes": ["n01", "n02"],
        "class_names": ["carp", "trout"],
        "mean": MEAN,
        "std": STD,
        "size": 32,
        "presize": 48,
        "resize": "crop",
        **card,
    }
    (folder / "model.json").write_text(json.dumps(values))
    return folder


@pytest.fixture
def pictures() -> list[Presized]:
    rng = np.random.default_rng(0)
    shapes = [(60, 80), (48, 48), (100, 51), (33, 90)]
    return [presized(Image.fromarray(rng.integers(0, 255, (*s, 3), dtype=np.uint8)), 48) for s in shapes]


def by_hand(x: np.ndarray) -> np.ndarray:
    """The net's probabilities: normalized pictures (B, 3, H, W) → (B, 2)."""
    odds = np.exp(x.mean(axis=(2, 3)) @ WEIGHTS.T)
    return odds / odds.sum(axis=1, keepdims=True)


def test_probabilities_are_the_softmax_of_the_nets_answer_to_the_normalized_view(tmp_path, pictures):
    model = load_model(write_model(tmp_path))
    views = np.stack([valid_view(p, 32, "crop") for p in pictures]) / 255
    found = predict(model, pictures)
    assert found.dtype == np.float32 and found.shape == (4, 2)
    np.testing.assert_allclose(found, by_hand(normalize(views, MEAN, STD)), atol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


def test_other_statistics_replace_the_models_own(tmp_path, pictures):
    model = load_model(write_model(tmp_path))
    views = np.stack([model.view(p) for p in pictures]) / 255
    plain = predict(model, pictures, (0, 0, 0), (1, 1, 1))
    np.testing.assert_allclose(plain, by_hand(views), atol=1e-5)
    assert np.abs(plain - predict(model, pictures)).max() > 0.05


def test_a_net_trained_without_normalization_gets_pixels_in_0_1(tmp_path, pictures):
    model = load_model(write_model(tmp_path, mean=None, std=None))
    assert model.mean is None and model.std is None
    np.testing.assert_array_equal(predict(model, pictures), predict(model, pictures, (0, 0, 0), (1, 1, 1)))


def test_a_net_validated_by_fastais_loader_is_shown_its_views_at_any_size(tmp_path, pictures):
    steps = [{"step": "resize", "to": [48, 48]}, {"step": "sample", "to": [32, 32]}]
    model = load_model(write_model(tmp_path, view_steps=steps))
    for picture in pictures:
        np.testing.assert_array_equal(model.view(picture), fastai_view(picture, 32))
        np.testing.assert_array_equal(model.view(picture, 40), fastai_view(picture, 40))
    assert (model.view(pictures[0]) != valid_view(pictures[0], 32)).any()


def test_the_card_travels_with_the_model(tmp_path):
    model = load_model(write_model(tmp_path, resize="squish"))
    assert (model.classes, model.names, model.n_classes) == (("n01", "n02"), ("carp", "trout"), 2)
    assert (model.mean, model.std, model.size, model.presize, model.resize) == (MEAN, STD, 32, 48, "squish")


def test_floats_and_bytes_of_one_view_agree_and_any_size_is_taken(tmp_path):
    model = load_model(write_model(tmp_path))
    views = np.random.default_rng(1).integers(0, 255, (2, 3, 20, 28), dtype=np.uint8)
    np.testing.assert_allclose(probabilities(model, views), probabilities(model, views / 255), atol=1e-6)


def test_more_pictures_than_a_batch_give_the_same_as_one_by_one(tmp_path):
    model = load_model(write_model(tmp_path))
    views = np.random.default_rng(2).integers(0, 255, (70, 3, 8, 8), dtype=np.uint8)
    one_by_one = np.concatenate([probabilities(model, view[None]) for view in views])
    np.testing.assert_allclose(probabilities(model, views), one_by_one, atol=1e-6)


def test_a_picture_presized_for_another_net_is_refused(tmp_path):
    model = load_model(write_model(tmp_path))
    large = Image.fromarray(np.random.default_rng(3).integers(0, 255, (90, 90, 3), dtype=np.uint8))
    predict(model, [presized(large, 48)])
    with pytest.raises(InputError, match=r"presized to 48 px, as this net's were, got 96 px; open the file with"):
        predict(model, [presized(large, 96)])


def test_no_picture_gives_no_row(tmp_path):
    model = load_model(write_model(tmp_path))
    assert predict(model, []).shape == (0, 2)


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(InputError, match=r"model\.onnx is missing"):
        load_model(tmp_path)
    write_model(tmp_path)
    (tmp_path / "model.json").unlink()
    with pytest.raises(InputError, match=r"model\.json is missing"):
        load_model(tmp_path)


def test_bytes_that_are_no_model_are_refused(tmp_path):
    write_model(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(DataError, match="not a net that a run has exported"):
        load_model(tmp_path)


def test_mean_without_std_and_wrong_shapes_are_refused(tmp_path):
    model = load_model(write_model(tmp_path))
    views = np.zeros((1, 3, 8, 8), np.uint8)
    with pytest.raises(InputError, match="only one of them"):
        probabilities(model, views, mean=(0, 0, 0))
    with pytest.raises(RangeError, match="std must be > 0"):
        probabilities(model, views, (0, 0, 0), (1, 0, 1))
    with pytest.raises(ShapeError, match=r"got \(3, 8, 8\)"):
        probabilities(model, views[0])
