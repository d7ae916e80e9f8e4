"""Mixup: pictures, targets, losses, λ and partners."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sota_core.functional.mixup import (
    fold_lam,
    mix_images,
    mix_losses,
    mix_targets,
    sample_lam,
    sample_partner,
)
from sota_core.functional.smoothing import one_hot, smooth_targets, soft_cross_entropy

few = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def batch(seed, n=5, shape=(3, 4, 2)):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, *shape)), rng.random(n), rng.permutation(n)


# By hand


def test_the_book_s_church_and_gas_station(make):
    """The book's figure: 0.3 church + 0.7 gas station."""
    church, gas = [[[100.0]]], [[[200.0]]]
    mixed = mix_images(make([church, gas]), make([0.3, 1.0]), make([1, 0]))
    assert mixed.reshape(-1).tolist() == pytest.approx([170.0, 200.0])
    targets = mix_targets(one_hot(make([0, 1]), 2), make([0.3, 1.0]), make([1, 0]))
    np.testing.assert_allclose(np.asarray(targets), [[0.3, 0.7], [0, 1]], rtol=1e-6)  # torch makes float32


def test_folding_keeps_the_larger_weight(make):
    assert fold_lam(make([0.0, 0.25, 0.5, 0.75, 1.0])).tolist() == [1.0, 0.75, 0.5, 0.75, 1.0]


def test_losses_are_weighted_like_their_targets(make):
    assert mix_losses(make([1.0, 4.0]), make([3.0, 0.0]), make([0.25, 1.0])).tolist() == [2.5, 4.0]


# Limits


def test_lam_one_leaves_the_batch_unchanged():
    x, _, partner = batch(0)
    assert np.array_equal(mix_images(x, np.ones(5), partner), x)


def test_lam_zero_gives_the_partners():
    x, _, partner = batch(0)
    assert np.array_equal(mix_images(x, np.zeros(5), partner), x[partner])


def test_one_number_serves_the_whole_batch():
    x, _, partner = batch(0)
    assert np.array_equal(mix_images(x, 0.3, partner), mix_images(x, np.full(5, 0.3), partner))


def test_a_batch_of_one_is_mixed_with_itself():
    x, _, _ = batch(0, n=1)
    np.testing.assert_allclose(mix_images(x, [0.3], [0]), x)


def test_small_alpha_draws_almost_only_zero_and_one(rng):
    lam = fold_lam(sample_lam(1e-9, 1000, rng))
    assert lam.min() > 1 - 1e-6


def test_large_alpha_draws_almost_only_one_half(rng):
    # the standard deviation of Beta(a, a) is 1 / (2 √(2a + 1)) ≈ 1.1e-4 here; 6 of them
    assert np.abs(sample_lam(1e7, 1000, rng) - 0.5).max() < 7e-4


def test_nothing_drawn_is_an_empty_array(rng):
    assert sample_lam(0.4, 0, rng).shape == sample_partner(0, rng).shape == (0,)


# Laws


@few
@given(seeds)
def test_a_mixture_lies_between_its_two_pictures(seed):
    x, lam, partner = batch(seed)
    mixed, tiny = mix_images(x, lam, partner), 1e-12
    assert np.all(mixed >= np.minimum(x, x[partner]) - tiny)
    assert np.all(mixed <= np.maximum(x, x[partner]) + tiny)


@few
@given(seeds, st.floats(0, 1))
def test_mixed_targets_sum_to_one(seed, eps):
    _, lam, partner = batch(seed)
    targets = smooth_targets(partner, 7, eps)
    np.testing.assert_allclose(mix_targets(targets, lam, partner).sum(1), 1)


@few
@given(seeds)
def test_permuting_the_batch_permutes_the_mixture(seed):
    x, lam, partner = batch(seed)
    order = np.random.default_rng(seed + 1).permutation(5)
    position = np.argsort(order)  # the new position of each picture
    permuted = mix_images(x[order], lam[order], position[partner[order]])
    assert np.array_equal(permuted, mix_images(x, lam, partner)[order])


@few
@given(seeds)
def test_the_same_seed_draws_the_same(seed):
    a, b = np.random.default_rng(seed), np.random.default_rng(seed)
    assert np.array_equal(sample_lam(0.4, 9, a), sample_lam(0.4, 9, b))
    assert np.array_equal(sample_partner(9, a), sample_partner(9, b))


@few
@given(seeds, st.integers(1, 40))
def test_partners_are_a_permutation(seed, n):
    assert sorted(sample_partner(n, np.random.default_rng(seed))) == list(range(n))


@few
@given(seeds)
def test_the_loss_on_mixed_targets_is_the_mix_of_the_losses(seed):
    _, lam, partner = batch(seed)
    logits = np.random.default_rng(seed).normal(size=(5, 7))
    targets = one_hot(partner, 7)
    mixed = soft_cross_entropy(logits, mix_targets(targets, lam, partner))
    own, partners = soft_cross_entropy(logits, targets), soft_cross_entropy(logits, targets[partner])
    np.testing.assert_allclose(mix_losses(own, partners, lam), mixed)


# Reference


@pytest.mark.parametrize("smoothing", [False, True], ids=["plain", "smoothed"])
def test_fastai_s_mixup_makes_the_same_batch_and_the_same_loss(fastai, learner_of, smoothing):
    """One fit with the real callback. The n labels are 0 … n-1, so its `yb1` is the permutation it drew."""
    n, seen = 16, {}

    class Watch(fastai.callback_core.Callback):
        order = fastai.callback_mixup.MixUp.order + 1
        run_valid = False

        def before_batch(self):
            seen.update(x=self.xb[0].clone(), lam=self.mix_up.lam.clone(), partner=self.mix_up.yb1[0].clone())

        def after_loss(self):
            seen.update(logits=self.pred.detach().clone(), loss=self.loss_grad.detach().clone())

    x, labels = torch.randn(n, 3, 4, 4), torch.arange(n)
    losses = fastai.losses
    loss_func = losses.LabelSmoothingCrossEntropy(eps=0.1) if smoothing else losses.CrossEntropyLossFlat()
    learner = learner_of(list(zip(x, labels, strict=True)), n, loss_func, [fastai.callback_mixup.MixUp(0.4), Watch()])
    with learner.no_bar(), learner.no_logging():
        learner.fit(1)

    assert seen["lam"].min() >= 0.5
    torch.testing.assert_close(mix_images(x, seen["lam"], seen["partner"]), seen["x"])
    targets = mix_targets(smooth_targets(labels, n, 0.1 if smoothing else 0), seen["lam"], seen["partner"])
    torch.testing.assert_close(soft_cross_entropy(seen["logits"], targets).mean(), seen["loss"])


# Statistics


@pytest.mark.parametrize(("alpha", "folded", "share"), [(0.1, 0.94, 0.81), (0.4, 0.84, 0.48), (1.0, 0.75, 0.20)])
def test_drawn_lam_have_the_known_mean_and_share(rng, alpha, folded, share):
    n = 100_000
    lam = sample_lam(alpha, n, rng)
    # Standard errors are at most .5/√n = .0016; the figures are rounded to .005. Allowed: 4 standard errors and the
    # rounding.
    tolerance = 4 * 0.5 / n**0.5 + 0.005
    assert lam.mean() == pytest.approx(0.5, abs=tolerance)
    assert fold_lam(lam).mean() == pytest.approx(folded, abs=tolerance)
    assert (fold_lam(lam) > 0.9).mean() == pytest.approx(share, abs=tolerance)


def test_a_picture_meets_itself_once_in_a_batch_on_average(rng):
    # The fixed points of a permutation have mean 1 and variance 1: 2,000 draws, 4 standard errors.
    fixed = [np.sum(sample_partner(8, rng) == np.arange(8)) for _ in range(2000)]
    assert np.mean(fixed) == pytest.approx(1, abs=4 / 2000**0.5)


# Kinds and types


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_a_tensor_keeps_its_type_when_lam_comes_from_numpy(dtype):
    x = torch.ones(2, 1, 1, 1, dtype=dtype)
    lam, partner = np.array([0.25, 1.0]), np.array([1, 0])
    lam.flags.writeable = False  # like a cached array
    assert mix_images(x, lam, partner).dtype == dtype


def test_lists_will_do():
    assert mix_images([[[[0]]], [[[8]]]], [0.25, 1], [1, 0]).ravel().tolist() == [6.0, 8.0]


def test_whole_numbers_are_mixed_as_floats():
    x = np.array([0, 255], dtype=np.uint8).reshape(2, 1, 1, 1)
    assert mix_images(x, [0.5, 0.5], [1, 0]).ravel().tolist() == [127.5, 127.5]


def test_a_gradient_flows_through_the_mixture():
    x = torch.ones(2, 1, 1, 1, requires_grad=True)
    mix_images(x, [0.75, 1.0], [1, 1]).sum().backward()
    assert x.grad is not None
    assert x.grad.ravel().tolist() == [0.75, 1.25]
