"""A batch measured before and after: by hand, its laws, and how normalized pixels are shown."""

import numpy as np
import pytest

from sota_core.data.loading.statistics import file_stats
from sota_core.data.pictures.listing import list_pictures
from sota_core.figures.normalization.statistics import (
    IMAGENETTE,
    batch_statistics,
    comparison,
    formulas,
    measure,
    number,
    share_outside,
    shown_after,
    table,
)
from sota_core.functional.normalize import IMAGENET_MEAN, IMAGENET_STD

IMAGENET = (IMAGENET_MEAN, IMAGENET_STD)


@pytest.fixture
def views() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (4, 3, 10, 12), dtype=np.uint8)


def test_half_black_half_white_has_mean_and_deviation_a_half():
    half = np.zeros((1, 3, 2, 2), np.uint8)
    half[..., 0] = 255
    m = measure(half, ((0.5, 0.5, 0.5), (0.25, 0.25, 0.25)))
    assert m.mean == m.std == (0.5, 0.5, 0.5)
    assert (m.mean_after, m.std_after) == ((0.0,) * 3, (2.0,) * 3)
    assert m.counts[:, [0, 255]].tolist() == [[2, 2]] * 3 and m.n == 4


def test_a_batchs_own_statistics_bring_it_to_0_and_1(views):
    m = measure(views, batch_statistics(views))
    np.testing.assert_allclose(m.mean_after, 0, atol=1e-5)
    np.testing.assert_allclose(m.std_after, 1, atol=1e-5)


def test_without_statistics_nothing_changes(views):
    m = measure(views, None)
    assert (m.mean_after, m.std_after) == (m.mean, m.std)
    np.testing.assert_array_equal(shown_after(views, None, "clip"), views)


def test_the_deviation_fastai_takes_is_torchs_sample_deviation_and_1e_7(views):
    import torch

    x = torch.from_numpy(views / np.float32(255))
    fastai = x.std((0, 2, 3)) + 1e-7  # fastai.data.transforms.Normalize.setups
    np.testing.assert_allclose(measure(views, None).sample_std, fastai, rtol=1e-6)


def test_undone_is_the_picture_itself_and_clipping_loses_what_share_outside_says(views):
    np.testing.assert_array_equal(shown_after(views, IMAGENET, "undo"), views)
    z = (views / 255 - np.reshape(IMAGENET_MEAN, (3, 1, 1))) / np.reshape(IMAGENET_STD, (3, 1, 1))
    assert share_outside(views, IMAGENET) == pytest.approx(float(((z < 0) | (z > 1)).mean()))
    clipped = shown_after(views, IMAGENET, "clip")
    assert (clipped[z < 0] == 0).all() and (clipped[z > 1] == 255).all()


def test_one_grey_scale_shows_minus_3_black_0_grey_and_3_white():
    flat = np.full((1, 3, 1, 1), 51, np.uint8)  # 0.2
    for mean, grey in ((0.2, 128), (0.5, 0), (-0.1, 255)):
        shown = shown_after(flat, ((mean,) * 3, (0.1,) * 3), "scale")
        assert abs(int(shown[0, 0, 0, 0]) - grey) <= 1


def test_the_table_sets_this_batch_beside_both_printed_pairs(views):
    rows = comparison(measure(views, IMAGENET))
    assert list(rows) == [
        "**This batch**, before",
        "statistics used",
        "**This batch**, after",
        "book, before",
        "book, after",
        "notes, before",
        "notes, after",
    ]
    text = table(rows)
    assert "| book, before | 0.484 | 0.471 | 0.451 | 0.287 | 0.289 | 0.311 |" in text
    assert "| notes, after | −0.205 | −0.084 | 0.019 |" in text
    assert "statistics used" not in comparison(measure(views, None))


def test_the_formula_holds_the_numbers_of_the_picture():
    views = np.full((1, 3, 4, 4), 255, np.uint8)
    views[0, :, 0] = 0
    text = formulas(measure(views, ((0.5,) * 3, (0.25,) * 3)), views[0], "#111111", "#222222")
    assert r"\textcolor{#111111}{1.000} - \textcolor{#222222}{0.500}" in text and "= 2.000" in text
    assert r"\textcolor{#111111}{0.750}" in text and text.count("{") == text.count("}")


def test_a_minus_is_a_minus_and_zero_has_no_sign():
    assert [number(v) for v in (-0.1, -0.00001, 0.0)] == ["−0.100", "0.000", "0.000"]


@pytest.mark.slow
def test_imagenettes_statistics_are_those_of_all_its_training_pictures(imagenette_224):
    listing = list_pictures(imagenette_224)
    found = file_stats(listing, np.flatnonzero(~listing.is_valid), 224)
    np.testing.assert_allclose(found, IMAGENETTE, atol=6e-5)
