"""Many views of one picture: each gets the prediction that it would get alone, and the picture is the one that was
named.
"""

from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image

from sota_core.data.pictures.view import Presized, load_presized, presized, squared
from sota_core.data.sample import sample
from sota_core.data.sample.drawn_set import JPEG_QUALITY
from sota_core.errors import ImageError, SourceError
from sota_core.inference import named_picture, predict, probabilities
from sota_core.inference.model import ExportedModel
from sota_core.inference.named_picture import open_named
from sota_core.inference.view_predictions import look
from sota_core.settings import Settings
from tests.pictures import class_folders


class MeanColour:
    """A stand-in for onnxruntime's session: two logits from the channels' means, so that views differ."""

    def run(self, outputs: list[str], inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        pooled = inputs["pictures"].mean((2, 3))
        return [pooled @ np.array([[3.0, -2.0], [-1.0, 2.0], [0.5, 1.0]], np.float32)]


@pytest.fixture
def model() -> ExportedModel:
    return ExportedModel(("a", "b"), ("a", "b"), (0.5,) * 3, (0.2,) * 3, 32, 48, "crop", MeanColour())


@pytest.fixture
def picture() -> Presized:
    return presized(Image.fromarray(sample.draw("balloon", "val", 0)), 48)


def test_each_view_is_predicted_as_if_it_were_alone(model: ExportedModel, picture: Presized) -> None:
    found = look(model, picture, 3, seed=1)
    np.testing.assert_allclose(found.plain.probs, predict(model, [picture]), atol=1e-6)
    np.testing.assert_allclose(found.corners.probs[2], probabilities(model, found.corners.views[2:3])[0], atol=1e-6)
    # views are shown rounded to bytes, but the net is asked with floats
    np.testing.assert_allclose(found.augmented.probs, probabilities(model, found.augmented.views), atol=2e-3)
    assert found.augmented.views.shape == (3, 3, 32, 32) and len(found.draws) == 3


def test_the_three_boxes_are_those_of_the_three_methods(model: ExportedModel, picture: Presized) -> None:
    found = look(model, picture, 1, seed=1)
    np.testing.assert_array_equal(found.crop.views, found.plain.views)  # this model's own method is crop
    for how, seen in (("squish", found.squish), ("pad", found.pad)):
        np.testing.assert_array_equal(seen.views[0], np.asarray(squared(picture.image, 32, how)).transpose(2, 0, 1))


def test_more_views_keep_the_first_ones(model: ExportedModel, picture: Presized) -> None:
    few, many = look(model, picture, 2, seed=4), look(model, picture, 5, seed=4)
    np.testing.assert_array_equal(few.augmented.views, many.augmented.views[:2])


def test_a_picture_of_the_embedded_set_is_that_of_its_folder(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "007.jpg"
    Image.fromarray(sample.draw("carp", "val", 7)).save(file, quality=JPEG_QUALITY)
    drawn = open_named("sample", "val/carp/007.jpg", 100, settings)
    np.testing.assert_array_equal(np.asarray(drawn), np.asarray(load_presized(file, 100)))


@pytest.mark.parametrize("name", ["val/pike/007.jpg", "val/carp/7.jpg", "../../etc/passwd", "val/carp/007.png"])
def test_a_name_the_embedded_set_does_not_have_is_refused(name: str, settings: Settings) -> None:
    with pytest.raises(ImageError, match="no picture"):
        open_named("sample", name, 100, settings)


def test_a_picture_is_read_from_its_folder_and_from_nowhere_else(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "set"
    class_folders(root / "train", "ab", 2)
    (tmp_path / "secret.png").write_bytes((root / "train" / "a" / "1.png").read_bytes())
    assert open_named(str(root), "train/a/1.png", 20, settings).size == (27, 20)
    with pytest.raises(ImageError, match="leaves"):
        open_named(str(root), "../secret.png", 20, settings)
    with pytest.raises(ImageError, match="cannot be opened"):
        open_named(str(root), "train/a/2.png", 20, settings)
    monkeypatch.setattr(named_picture, "load_presized", Mock(side_effect=MemoryError))
    with pytest.raises(MemoryError):  # it says nothing of the picture
        open_named(str(root), "train/a/1.png", 20, settings)
    with pytest.raises(SourceError, match="not here"):
        open_named("imagenette2-160", "val/n01440764/x.JPEG", 20, settings)
