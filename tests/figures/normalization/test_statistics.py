"""A batch's statistics before and after normalization: by hand, their laws, and how normalized pixels are shown."""

import numpy as np
import pytest

from sota_core.data.loading.statistics import file_stats
from sota_core.data.pictures.listing import list_pictures
from sota_core.figures.normalization.statistics import (
    IMAGENETTE,
    batch_statistics,
    measure,
    number,
    share_outside,
)
from sota_core.functional.normalize import IMAGENET_MEAN, IMAGENET_STD
from tests.figures.normalization.pixels import shown_after

IMAGENET = (IMAGENET_MEAN, IMAGENET_STD)


@pytest.fixture
def views() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (4, 3, 10, 12), dtype=np.uint8)


def test_half_black_half_white_has_mean_and_deviation_a_half():
    half = np.zeros((1, 3, 2, 2), np.uint8)
    half[..., 0] = 255
    m = measure(half)
    assert m.mean == m.std == (0.5, 0.5, 0.5) and m.stats == batch_statistics(half)
    assert m.counts[:, [0, 255]].tolist() == [[2, 2]] * 3 and m.n == 4
    assert m.pixel == 0.0  # the pixel in row 1, column 1 of 2 × 2


def test_undone_is_the_picture_itself_and_clipping_loses_what_share_outside_says(views):
    np.testing.assert_array_equal(shown_after(views, IMAGENET, "undo"), views)
    z = (views / 255 - np.reshape(IMAGENET_MEAN, (3, 1, 1))) / np.reshape(IMAGENET_STD, (3, 1, 1))
    assert share_outside(measure(views), IMAGENET) == pytest.approx(float(((z < 0) | (z > 1)).mean()))
    clipped = shown_after(views, IMAGENET, "clip")
    assert (clipped[z < 0] == 0).all() and (clipped[z > 1] == 255).all()


def test_one_grey_scale_shows_minus_3_black_0_grey_and_3_white():
    flat = np.full((1, 3, 1, 1), 51, np.uint8)  # 51 / 255 = 0.2
    for mean, grey in ((0.2, 128), (0.5, 0), (-0.1, 255)):
        shown = shown_after(flat, ((mean,) * 3, (0.1,) * 3), "scale")
        assert abs(int(shown[0, 0, 0, 0]) - grey) <= 1


def test_a_minus_is_a_minus_and_zero_has_no_sign():
    assert [number(v) for v in (-0.1, -0.00001, 0.0)] == ["−0.100", "0.000", "0.000"]


@pytest.mark.slow
def test_imagenettes_statistics_are_those_of_all_its_training_pictures(imagenette_224):
    listing = list_pictures(imagenette_224)
    found = file_stats(listing, np.flatnonzero(~listing.is_valid), 224)
    np.testing.assert_allclose(found, IMAGENETTE, atol=6e-5)
