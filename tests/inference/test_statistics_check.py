"""A net under statistics other than its own: which alternatives there are, and that each does what its name says."""

import numpy as np
import pytest
from PIL import Image

from sota_core.data.pictures.drawing import Drawn
from sota_core.data.pictures.view import presized
from sota_core.functional.normalize import IMAGENET_MEAN, IMAGENET_STD, normalize
from sota_core.inference.model import ExportedModel, predict
from sota_core.inference.statistics_check import IMAGENET, NO_STATS, NONE, OWN, RAW, TWICE, YOURS, alternatives, examine

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)


class MeanColour:
    """A stand-in for onnxruntime's session, which answers with the mean of each channel."""

    def run(self, names: list[str], inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        return [inputs["pictures"].mean(axis=(2, 3))]


def model(mean=MEAN, std=STD) -> ExportedModel:
    return ExportedModel(("r", "g", "b"), ("red", "green", "blue"), mean, std, 16, 16, "crop", MeanColour())


@pytest.fixture
def drawn() -> Drawn:
    colours = [(250, 10, 10), (10, 250, 10), (10, 10, 250), (120, 130, 120)]
    pictures = tuple(presized(Image.new("RGB", (20, 16), colour), 16) for colour in colours)
    return Drawn(pictures, np.array([0, 1, 2, 0]), ("red", "green", "blue"))


def test_its_own_come_first_and_what_equals_its_own_is_left_out():
    assert list(alternatives(model())) == [OWN, NONE, IMAGENET, TWICE, RAW]
    assert IMAGENET not in alternatives(model(IMAGENET_MEAN, IMAGENET_STD))
    assert YOURS in alternatives(model(), yours=((0.1,) * 3, (0.9,) * 3))
    assert YOURS not in alternatives(model(), yours=(MEAN, STD))


def test_a_net_trained_without_has_those_that_change_nothing():
    found = alternatives(model(None, None))
    assert found[OWN] == NO_STATS and list(found) == [OWN, IMAGENET, RAW]


def test_twice_and_raw_do_to_a_pixel_what_their_names_say():
    found, x = alternatives(model()), np.random.default_rng(0).random((3, 4, 4))
    once = normalize(x, MEAN, STD)
    np.testing.assert_allclose(normalize(x, *found[TWICE]), normalize(once, MEAN, STD), atol=1e-9)
    np.testing.assert_allclose(normalize(x, *found[RAW]), normalize(255 * x, MEAN, STD), atol=1e-6)


def test_each_kind_is_answered_as_predict_answers_it(drawn):
    net = model()
    found = examine(net, drawn, alternatives(net))
    np.testing.assert_array_equal(found[OWN].probs, predict(net, drawn.pictures))
    np.testing.assert_array_equal(found[NONE].probs, predict(net, drawn.pictures, *NO_STATS))
    assert found[NONE].is_right.tolist() == [True, True, True, False]
    # the last picture, a grey with label red, is answered "green" without statistics
    assert found[NONE].accuracy == 0.75


def test_a_class_the_net_does_not_know_is_never_right(drawn):
    strange = Drawn(drawn.pictures, drawn.labels, ("crimson", "green", "blue"))
    found = examine(model(), strange, {OWN: (MEAN, STD)})
    assert found[OWN].is_right[[0, 3]].tolist() == [False, False]
