"""Normalization: channel statistics, normalizing and back."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sota_core.errors import RangeError, ShapeError
from sota_core.functional.normalize import IMAGENET_MEAN, IMAGENET_STD, channel_stats, denormalize, normalize

few = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def pictures(seed, n=4):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 3, 5, 7)) * rng.uniform(0.1, 9, (1, 3, 1, 1)) + rng.normal(size=(1, 3, 1, 1))


# By hand


def test_two_pixels_of_two_channels(make):
    mean, std = channel_stats(make([[[[0.0, 2.0]], [[1.0, 7.0]]]]))
    assert mean.tolist() == [1.0, 4.0]
    assert std.tolist() == [1.0, 3.0]  # of the population; the sample's would be 1.41 and 4.24


def test_black_and_white_under_imagenet_s_statistics():
    black, white = np.zeros((3, 1, 1)), np.ones((3, 1, 1))
    normal = [normalize(x, IMAGENET_MEAN, IMAGENET_STD).ravel() for x in (black, white)]
    np.testing.assert_allclose(normal[0], [-2.12, -2.04, -1.80], atol=0.005)
    np.testing.assert_allclose(normal[1], [2.25, 2.43, 2.64], atol=0.005)


# Limits


def test_one_picture_of_one_pixel_has_no_spread():
    mean, std = channel_stats(np.full((1, 3, 1, 1), 0.5))
    assert mean.tolist() == [0.5] * 3
    assert std.tolist() == [0.0] * 3


def test_mean_zero_and_std_one_change_nothing():
    x = pictures(0)
    assert np.array_equal(normalize(x, np.zeros(3), np.ones(3)), x)
    assert np.array_equal(denormalize(x, np.zeros(3), np.ones(3)), x)


def test_a_single_picture_is_normalized_like_one_of_a_batch():
    x = pictures(0)
    assert np.array_equal(normalize(x[1], IMAGENET_MEAN, IMAGENET_STD), normalize(x, IMAGENET_MEAN, IMAGENET_STD)[1])


# Laws


@few
@given(seeds)
def test_normalizing_by_its_own_statistics_gives_zero_and_one(seed):
    x = pictures(seed)
    mean, std = channel_stats(normalize(x, *channel_stats(x)))
    np.testing.assert_allclose(mean, 0, atol=1e-9)
    np.testing.assert_allclose(std, 1)


@few
@given(seeds)
def test_denormalize_undoes_normalize(seed):
    x = pictures(seed)
    stats = channel_stats(x)
    np.testing.assert_allclose(denormalize(normalize(x, *stats), *stats), x, atol=1e-12)


@few
@given(seeds)
def test_the_order_of_the_pictures_does_not_matter(seed):
    x = pictures(seed)
    for forward, backward in zip(channel_stats(x), channel_stats(x[::-1]), strict=True):
        np.testing.assert_allclose(forward, backward)


@few
@given(seeds)
def test_permuting_the_channels_permutes_the_statistics(seed):
    x = pictures(seed)
    for stat, permuted in zip(channel_stats(x), channel_stats(x[:, [2, 0, 1]]), strict=True):
        np.testing.assert_allclose(permuted, stat[[2, 0, 1]])


# Reference


def test_the_statistics_are_numpy_s():
    x = pictures(1)
    mean, std = channel_stats(x)
    np.testing.assert_allclose(mean, x.mean((0, 2, 3)))
    np.testing.assert_allclose(std, x.std((0, 2, 3)))


def test_float32_statistics_of_a_large_batch_keep_their_digits():
    x = (np.random.default_rng(0).random((16, 3, 128, 128)) + 100).astype(np.float32)
    mean, std = channel_stats(x)
    assert mean.dtype == np.float32
    exact = x.astype(np.float64)
    np.testing.assert_allclose(mean, exact.mean((0, 2, 3)), rtol=1e-6)
    # around 100 float32 has steps of 8e-6; the spread is .29
    np.testing.assert_allclose(std, exact.std((0, 2, 3)), rtol=1e-4)


def test_imagenet_s_constants_are_fastai_s(fastai):
    assert (IMAGENET_MEAN, IMAGENET_STD) == tuple(map(tuple, fastai.vision_core.imagenet_stats))


def test_fastai_s_normalize_agrees_both_ways(fastai):
    x = torch.tensor(pictures(2), dtype=torch.float32)
    reference = fastai.data_transforms.Normalize.from_stats(IMAGENET_MEAN, IMAGENET_STD, cuda=False)
    image = fastai.vision_core.TensorImage(x)
    normal = normalize(x, IMAGENET_MEAN, IMAGENET_STD)
    torch.testing.assert_close(normal, reference.encodes(image).as_subclass(torch.Tensor))
    torch.testing.assert_close(denormalize(normal, IMAGENET_MEAN, IMAGENET_STD), x, rtol=1e-5, atol=1e-5)


def test_a_fastai_image_stays_one(fastai):
    image = fastai.vision_core.TensorImage(torch.rand(2, 3, 4, 4))
    assert isinstance(normalize(image, IMAGENET_MEAN, IMAGENET_STD), fastai.vision_core.TensorImage)


def test_fastai_s_statistics_of_a_batch_are_the_sample_s(fastai):
    """Its std is ours times √(n / (n − 1)), plus 1e-7."""
    x = torch.tensor(pictures(3))
    n = x.numel() // 3
    mean, std = channel_stats(x)
    batches = fastai.data_load.DataLoader([(one,) for one in x], bs=len(x), num_workers=0)
    reference = fastai.data_transforms.Normalize()
    reference.setups(batches)
    torch.testing.assert_close(mean, reference.mean.flatten())
    torch.testing.assert_close(std * (n / (n - 1)) ** 0.5 + 1e-7, reference.std.flatten(), rtol=0, atol=1e-12)


# Statistics


def test_uniform_noise_has_the_known_statistics(rng):
    n = 8 * 40 * 40  # per channel
    mean, std = channel_stats(rng.random((8, 3, 40, 40)))
    # Standard errors: σ/√n of the mean, about σ·√(.2/n) of the standard deviation, σ = 1/√12; 5 of the larger
    np.testing.assert_allclose(mean, 0.5, atol=5 * 12**-0.5 / n**0.5)
    np.testing.assert_allclose(std, 12**-0.5, atol=5 * 12**-0.5 / n**0.5)


# Kinds and types


def test_the_type_of_the_pictures_decides():
    x = torch.zeros(2, 3, 1, 1, dtype=torch.float16)
    assert normalize(x, np.array(IMAGENET_MEAN), np.array(IMAGENET_STD)).dtype == torch.float16


def test_bytes_are_counted_as_floats():
    mean, std = channel_stats(np.array([0, 255], dtype=np.uint8).reshape(1, 1, 1, 2))
    assert (mean.tolist(), std.tolist()) == ([127.5], [127.5])


# Errors


X, ONE = np.zeros((2, 3, 4, 5)), np.ones(3)
mistakes = [
    (channel_stats, ShapeError, (X[0],), "x must have shape (B, C, H, W), got (3, 4, 5); did you mean x[None]?"),
    (channel_stats, ShapeError, (X[:0],), "x must hold at least one pixel, got shape (0, 3, 4, 5)"),
    (normalize, ShapeError, (X[0, 0], ONE, ONE), "x must have shape (…, C, H, W), got (4, 5)"),
    (normalize, ShapeError, (X, ONE[:2], ONE), "mean must have shape (C,) = (3,), got (2,)"),
    (normalize, ShapeError, (X, ONE, ONE[:, None]), "std must have shape (C,) = (3,), got (3, 1); did you mean std.sq"),
    (
        denormalize,
        ShapeError,
        (np.zeros((2, 4, 5, 3)), ONE, ONE),
        "mean must have shape (C,) = (4,), got (3,); did you mean x with its channels first, (…, C, H, W)?",
    ),
    (normalize, RangeError, (X, ONE, [1, 0, 1]), "std must be > 0 and finite, got 0 in channel 1; a channel of one"),
    (denormalize, RangeError, (X, ONE, [1, 1, -2]), "std must be > 0 and finite, got -2 in channel 2"),
    (normalize, RangeError, (X, [0, np.nan, 0], ONE), "mean must be finite, got nan in channel 1"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "error", "arguments", "text"), mistakes)
def test_a_mistake_is_named(function, error, arguments, text):
    with pytest.raises(error) as caught:
        function(*arguments)
    assert str(caught.value).startswith(f"{function.__name__}: {text}")
