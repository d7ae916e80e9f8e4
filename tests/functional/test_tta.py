"""Test-time augmentation: combining views, their weights, crops, and which pictures it sets right or wrong."""

from contextlib import contextmanager

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sota_core.functional.smoothing import softmax
from sota_core.functional.tta import (
    accuracy,
    combine,
    combine_logits,
    corner_crops,
    rescued_and_broken,
    view_weights,
)

few = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**32 - 1)
shares = st.floats(0, 1)


def predictions(seed, n_views=4, batch=6, n_classes=5):
    rng = np.random.default_rng(seed)
    probs = softmax(rng.normal(size=(n_views + 1, batch, n_classes)) * 2)
    return probs[0], probs[1:], rng.integers(0, n_classes, batch)


# By hand


def test_the_default_weights_are_not_a_fifth_each():
    assert view_weights(4, 0.25).tolist() == [0.25, 0.1875, 0.1875, 0.1875, 0.1875]


def test_two_views_at_a_quarter(make):
    combined = combine(make([[1.0, 0.0]]), make([[[0.0, 1.0]], [[0.5, 0.5]]]))
    assert combined.tolist() == [[0.4375, 0.5625]]  # .75 · .25 + .25 · 1


def test_the_maximum_counts_plain_too_and_does_not_sum_to_one(make):
    combined = combine(make([[0.7, 0.3]]), make([[[0.2, 0.8]], [[0.6, 0.4]]]), 0.25, True)
    assert combined.tolist() == [[0.7, 0.8]]


def test_log_odds_of_one_to_four_and_four_to_one_are_even(make):
    combined = combine_logits(make([[0.8, 0.2]]), make([[[0.2, 0.8]]]), 0.5)
    assert np.asarray(combined).tolist() == [[pytest.approx(0.5), pytest.approx(0.5)]]


def test_a_view_that_rules_a_class_out_counts_more_in_log_odds(make):
    plain, views = make([[0.7, 0.3]]), make([[[0.0, 1.0]], [[0.95, 0.05]]])
    assert int(combine(plain, views).argmax()) == 0 and int(combine_logits(plain, views).argmax()) == 1


def test_centre_and_corners_in_their_order(make):
    image = make(np.arange(20).reshape(1, 4, 5).tolist())
    assert corner_crops(image, 2).tolist() == [
        [[[6, 7], [11, 12]]],
        [[[0, 1], [5, 6]]],
        [[[3, 4], [8, 9]]],
        [[[10, 11], [15, 16]]],
        [[[13, 14], [18, 19]]],
    ]


def test_one_is_rescued_and_one_broken(make):
    plain = make([[0.6, 0.4], [0.6, 0.4], [0.6, 0.4], [0.6, 0.4]])
    combined = make([[0.4, 0.6], [0.4, 0.6], [0.6, 0.4], [0.6, 0.4]])
    labels = make([1, 0, 0, 1])  # rescued, broken, right both times, wrong both times
    rescued, broken = rescued_and_broken(plain, combined, labels)
    assert (rescued.tolist(), broken.tolist()) == ([0], [1])
    assert accuracy(plain, labels) == accuracy(combined, labels) == 0.5


# Limits


def test_beta_one_is_plain_and_beta_zero_the_mean():
    plain, augmented, _ = predictions(0)
    assert np.array_equal(combine(plain, augmented, 1), plain)
    np.testing.assert_allclose(combine(plain, augmented, 0), augmented.mean(0))


def test_a_crop_of_the_whole_picture_is_the_picture_five_times():
    image = np.random.default_rng(0).random((3, 4, 4))
    assert np.array_equal(corner_crops(image, 4), np.stack([image] * 5))


def test_one_view_of_one_picture_of_one_class():
    assert combine([[1.0]], [[[1.0]]]).tolist() == [[1.0]]
    assert view_weights(1).tolist() == [0.25, 0.75]


def test_nothing_is_rescued_or_broken_by_plain_itself():
    plain, _, labels = predictions(0)
    assert [len(indices) for indices in rescued_and_broken(plain, plain, labels)] == [0, 0]


# Laws


@few
@given(seeds, shares, st.integers(1, 6))
def test_combining_is_the_weighted_sum_of_all_views(seed, beta, n_views):
    plain, augmented, _ = predictions(seed, n_views)
    weights = view_weights(n_views, beta)
    assert weights.sum() == pytest.approx(1)
    everything = np.concatenate([plain[None], augmented])
    np.testing.assert_allclose(combine(plain, augmented, beta), np.tensordot(weights, everything, 1))


@few
@given(seeds, shares)
def test_combined_rows_sum_to_one_and_the_order_of_views_does_not_matter(seed, beta):
    plain, augmented, _ = predictions(seed)
    combined = combine(plain, augmented, beta)
    np.testing.assert_allclose(combined.sum(1), 1)
    np.testing.assert_allclose(combine(plain, augmented[::-1], beta), combined)


@few
@given(seeds, st.booleans())
def test_permuting_the_pictures_permutes_the_combination(seed, use_max):
    plain, augmented, _ = predictions(seed)
    order = np.random.default_rng(seed).permutation(6)
    permuted = combine(plain[order], augmented[:, order], 0.25, use_max)
    assert np.array_equal(permuted, combine(plain, augmented, 0.25, use_max)[order])


@few
@given(seeds, shares)
def test_the_gain_is_rescued_minus_broken(seed, beta):
    plain, augmented, labels = predictions(seed)
    combined = combine(plain, augmented, beta)
    rescued, broken = rescued_and_broken(plain, combined, labels)
    gain = accuracy(combined, labels) - accuracy(plain, labels)
    assert gain == pytest.approx((len(rescued) - len(broken)) / 6)
    assert not set(rescued.tolist()) & set(broken.tolist())


@few
@given(seeds, st.integers(1, 9), st.integers(1, 9))
def test_every_crop_lies_in_the_picture(seed, height, width):
    image = np.random.default_rng(seed).random((2, height, width))
    size = min(height, width)
    crops = corner_crops(image, size)
    assert crops.shape == (5, 2, size, size)
    assert np.array_equal(crops[1], image[:, :size, :size])
    assert np.array_equal(crops[4], image[:, height - size :, width - size :])


def test_crops_of_a_batch_are_the_crops_of_its_pictures():
    images = np.random.default_rng(0).random((3, 2, 7, 6))
    assert np.array_equal(corner_crops(images, 4)[:, 1], corner_crops(images[1], 4))


# Reference


@pytest.mark.parametrize("beta", [0.0, 0.25, 0.6, 1.0])
def test_combining_is_torch_s_lerp(beta):
    plain, augmented = (torch.tensor(part) for part in predictions(3)[:2])
    torch.testing.assert_close(combine(plain, augmented, beta), torch.lerp(augmented.mean(0), plain, beta))


class Views:
    """A data set that adds noise to its pictures under the training transforms, and remembers what it served."""

    def __init__(self, x, y):
        self.x, self.y, self.split_idx, self.served = x, y, 1, []
        self.noise = torch.Generator().manual_seed(0)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        noise = torch.randn(self.x[i].shape, generator=self.noise) * (self.split_idx == 0)
        self.served.append(self.x[i] + noise)
        return self.served[-1], self.y[i]

    @contextmanager
    def set_split_idx(self, i):
        before, self.split_idx = self.split_idx, i
        try:
            yield self
        finally:
            self.split_idx = before


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(("beta", "use_max"), [(0.25, False), (0.6, False), (0.25, True)])
def test_fastai_s_tta_gives_the_same(fastai, learner_of, n, beta, use_max):
    batch, n_classes = 8, 5
    views = Views(torch.randn(batch, 3, 4, 4), torch.arange(batch) % n_classes)
    learner = learner_of(views, n_classes, fastai.losses.CrossEntropyLossFlat())
    views.served.clear()
    with learner.no_bar(), learner.no_logging():
        probs, labels = learner.tta(dl=learner.dls.valid, n=n, beta=beta, use_max=use_max)

    assert len(views.served) == (n + 1) * batch
    with torch.no_grad():
        served = softmax(learner.model(torch.stack(views.served))).reshape(n + 1, batch, n_classes)
    *augmented, plain = served
    torch.testing.assert_close(combine(plain, torch.stack(augmented), beta, use_max), probs)
    assert labels.tolist() == views.y.tolist()


@pytest.mark.parametrize("beta", [0.0, 0.25, 1.0])
def test_log_odds_of_softmaxes_are_the_softmax_of_the_mean_logits(rng, beta):
    plain, augmented = rng.normal(size=(6, 5)) * 3, rng.normal(size=(4, 6, 5)) * 3
    expected = softmax(beta * plain + (1 - beta) * augmented.mean(0))
    np.testing.assert_allclose(combine_logits(softmax(plain), softmax(augmented), beta), expected, atol=1e-12)
    as_torch = combine_logits(torch.tensor(softmax(plain)), torch.tensor(softmax(augmented)), beta)
    np.testing.assert_allclose(as_torch.numpy(), expected, atol=1e-12)


# Statistics


def test_a_guess_is_right_once_in_n_classes(rng):
    # 20,000 guesses among 10 classes: standard error √(.1 · .9 / 20,000) = .0021; 4 of them
    probs, labels = rng.random((20_000, 10)), rng.integers(0, 10, 20_000)
    assert accuracy(probs, labels) == pytest.approx(0.1, abs=0.0085)


# Kinds and types


def test_views_from_numpy_join_a_tensor():
    plain = torch.tensor([[1.0, 0.0]])
    assert combine(plain, np.array([[[0.0, 1.0]]])).dtype == torch.float32


def test_crops_keep_the_type_and_are_a_copy():
    image = np.zeros((3, 4, 4), dtype=np.uint8)
    crops = corner_crops(image, 2)
    assert crops.dtype == np.uint8
    assert not np.shares_memory(crops, image)
