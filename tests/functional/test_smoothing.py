"""Label smoothing: targets, loss, gradient, lowest loss."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from sota_core.errors import InputError, RangeError, ShapeError
from sota_core.functional.smoothing import (
    cross_entropy_grad,
    log_probs,
    log_softmax,
    loss_floor,
    one_hot,
    optimal_logit_gap,
    smooth_targets,
    soft_cross_entropy,
    softmax,
)

few = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**32 - 1)
shares = st.floats(0, 1)


def case(seed, eps, batch=4, n_classes=7):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, batch)
    return rng.normal(size=(batch, n_classes)) * 3, labels, smooth_targets(labels, n_classes, eps)


# By hand


@pytest.mark.parametrize(("n_classes", "on", "off"), [(10, 0.91, 0.01), (5, 0.92, 0.02)])
def test_the_book_s_targets(n_classes, on, off):
    expected = np.full((1, n_classes), off)
    expected[0, 3] = on
    np.testing.assert_allclose(smooth_targets([3], n_classes, 0.1), expected)


@pytest.mark.parametrize(("n_classes", "floor"), [(10, 0.500), (1000, 1.015)])
def test_the_floor_of_the_loss(n_classes, floor):
    targets = smooth_targets([0], n_classes, 0.1)
    assert loss_floor(targets).tolist() == pytest.approx([floor], abs=5e-4)


def test_the_best_gap_of_ten_classes():
    assert optimal_logit_gap(10, 0.1) == pytest.approx(np.log(0.91 / 0.01))
    assert round(optimal_logit_gap(10, 0.1), 2) == 4.51


def test_an_undecided_prediction_loses_ln_n(make):
    logits = make([[0.0] * 10])
    assert soft_cross_entropy(logits, one_hot(make([2]), 10)).tolist() == pytest.approx([np.log(10)])


# Limits


def test_eps_zero_is_one_hot_and_eps_one_uniform():
    assert np.array_equal(smooth_targets([1, 0], 4, 0), one_hot([1, 0], 4))
    assert np.array_equal(smooth_targets([1, 0], 4, 1), np.full((2, 4), 0.25))
    assert optimal_logit_gap(10, 0) == float("inf")
    assert optimal_logit_gap(10, 1) == 0


def test_a_single_class_is_always_right():
    targets = smooth_targets([0], 1, 0.1)
    np.testing.assert_allclose(targets, [[1.0]])
    assert soft_cross_entropy([[7.0]], targets).tolist() == [0]


def test_a_one_hot_target_has_the_floor_zero(make):
    floor = loss_floor(one_hot(make([1, 2]), 3))
    assert [str(value) for value in floor.tolist()] == ["0.0", "0.0"]  # never "-0.0"


def test_huge_logits_neither_overflow_nor_lose_the_loss(make):
    logits = make([[1e4, 0.0, -1e4]])
    targets = smooth_targets(make([1]), 3, 0.0)
    assert soft_cross_entropy(logits, targets).tolist() == [1e4]
    assert softmax(logits).tolist() == [[1.0, 0.0, 0.0]]


def test_a_class_ruled_out_costs_nothing_where_its_target_is_zero(make):
    logits = make([[0.0, 0.0, -np.inf]])
    assert soft_cross_entropy(logits, one_hot(make([0]), 3)).tolist() == pytest.approx([np.log(2)])


# Laws


@few
@given(seeds, shares, st.integers(1, 12))
def test_targets_sum_to_one_and_lead_at_the_label(seed, eps, n_classes):
    _, labels, targets = case(seed, eps, n_classes=n_classes)
    np.testing.assert_allclose(targets.sum(1), 1)
    assert np.all(targets[np.arange(4), labels] >= targets.max(1) - 1e-12)


@few
@given(seeds, shares)
def test_no_loss_is_below_its_floor_and_the_target_itself_reaches_it(seed, eps):
    logits, _, targets = case(seed, eps)
    assert np.all(soft_cross_entropy(logits, targets) >= loss_floor(targets) - 1e-12)
    with np.errstate(divide="ignore"):  # log 0 = −∞ is intended as the logit
        np.testing.assert_allclose(soft_cross_entropy(np.log(targets), targets), loss_floor(targets), atol=1e-12)


@few
@given(st.integers(2, 1000), st.floats(0.001, 0.999))
def test_at_the_best_gap_the_gradient_is_zero_and_the_loss_at_its_floor(n_classes, eps):
    targets = smooth_targets([0], n_classes, eps)
    logits = one_hot([0], n_classes) * optimal_logit_gap(n_classes, eps)
    np.testing.assert_allclose(cross_entropy_grad(logits, targets), 0, atol=1e-12)
    np.testing.assert_allclose(soft_cross_entropy(logits, targets), loss_floor(targets))


@few
@given(seeds, shares, st.floats(-100, 100))
def test_the_same_added_to_all_logits_changes_nothing(seed, eps, shift):
    logits, _, targets = case(seed, eps)
    np.testing.assert_allclose(
        soft_cross_entropy(logits + shift, targets), soft_cross_entropy(logits, targets), atol=1e-9
    )
    np.testing.assert_allclose(softmax(logits + shift), softmax(logits), atol=1e-9)


@few
@given(seeds, shares)
def test_gradients_sum_to_zero_and_are_the_slope_of_the_loss(seed, eps):
    logits, _, targets = case(seed, eps)
    grad, step = cross_entropy_grad(logits, targets), 1e-5
    np.testing.assert_allclose(grad.sum(1), 0, atol=1e-12)
    for k in range(7):
        nudge = one_hot([k], 7) * step
        rise = soft_cross_entropy(logits + nudge, targets) - soft_cross_entropy(logits - nudge, targets)
        np.testing.assert_allclose(rise / (2 * step), grad[:, k], atol=1e-8)  # central difference: O(step²)


@few
@given(seeds, shares)
def test_permuting_the_batch_permutes_the_losses(seed, eps):
    logits, _, targets = case(seed, eps)
    order = np.random.default_rng(seed).permutation(4)
    expected = soft_cross_entropy(logits, targets)[order]
    assert np.array_equal(soft_cross_entropy(logits[order], targets[order]), expected)


# Reference


@pytest.mark.parametrize("eps", [0, 0.1, 0.5, 1])
@pytest.mark.parametrize("n_classes", [1, 5, 10, 1000])
def test_torch_and_fastai_have_the_same_loss_and_gradient(fastai, eps, n_classes):
    torch.manual_seed(0)
    logits = torch.randn(6, n_classes, dtype=torch.float64, requires_grad=True)
    labels = torch.randint(0, n_classes, (6,))
    targets = smooth_targets(labels.numpy(), n_classes, eps)  # NumPy's float64 becomes a tensor
    losses = soft_cross_entropy(logits.detach(), targets)
    reference = F.cross_entropy(logits, labels, reduction="none", label_smoothing=eps)
    torch.testing.assert_close(losses, reference.detach())
    smoothing = fastai.losses.LabelSmoothingCrossEntropy
    torch.testing.assert_close(losses.mean(), smoothing(eps)(logits, labels).detach())
    torch.testing.assert_close(losses, smoothing(eps, reduction="none")(logits, labels).detach())
    reference.sum().backward()
    torch.testing.assert_close(cross_entropy_grad(logits.detach(), targets), logits.grad)


def test_autograd_through_ours_is_our_gradient():
    logits = torch.randn(3, 5, dtype=torch.float64, requires_grad=True)
    targets = smooth_targets(np.array([0, 4, 4]), 5, 0.1)
    soft_cross_entropy(logits, targets).sum().backward()
    torch.testing.assert_close(logits.grad, cross_entropy_grad(logits.detach(), targets))


def test_softmax_is_torch_s():
    logits = torch.randn(2, 3, 4)
    torch.testing.assert_close(softmax(logits), F.softmax(logits, -1))
    torch.testing.assert_close(log_softmax(logits), F.log_softmax(logits, -1))


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_the_log_of_a_probability_that_was_rounded_to_0_is_that_of_the_least_number(dtype):
    probs = torch.tensor([1.0, 0.0], dtype=dtype)
    assert log_probs(probs).tolist() == [0, torch.tensor(torch.finfo(dtype).tiny, dtype=dtype).log().item()]


# Statistics


def test_a_random_net_loses_ln_n_and_half_its_variance(rng):
    # Independent normal logits with standard deviation s over N classes: E = ln N + s²/2 − O(1/N); s = .5, N = 1000. A
    # single loss has a standard deviation of about s: 4 · .5/√2000 = .045.
    n = 2000
    logits, labels = rng.normal(scale=0.5, size=(n, 1000)), rng.integers(0, 1000, n)
    mean = soft_cross_entropy(logits, one_hot(labels, 1000)).mean()
    assert mean == pytest.approx(np.log(1000) + 0.125, abs=0.045)


# Kinds and types


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_the_loss_has_the_logits_type(dtype):
    logits = torch.zeros(2, 10, dtype=dtype)
    assert soft_cross_entropy(logits, smooth_targets([1, 2], 10, 0.1)).dtype == dtype


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "int64"])
def test_labels_of_any_whole_type(dtype):
    for labels in (np.array([1, 200], dtype=dtype), torch.tensor([1, 200], dtype=getattr(torch, dtype))):
        assert one_hot(labels, 300).argmax(1).tolist() == [1, 200]


# Errors


Z, T = np.zeros((4, 10)), np.full((4, 10), 0.1)
WANTED = "targets must have shape (B, N) = (4, 10), got"
ROWS = "each row of targets must be ≥ 0 and sum to 1, got a sum of"
mistakes = [
    (one_hot, ShapeError, ([[1], [2]], 10), "labels must have shape (B,), got (2, 1); did you mean labels.squeeze(1)?"),
    (one_hot, ShapeError, (3, 10), "labels must have shape (B,), got (); did you mean labels[None]?"),
    (one_hot, RangeError, ([0, 10], 10), "labels must lie in [0, n_classes) = [0, 10), got 10 at index 1"),
    (one_hot, RangeError, ([-1], 10), "labels must lie in [0, n_classes) = [0, 10), got -1 at index 0"),
    (one_hot, RangeError, ([0], 0), "n_classes must be a whole number ≥ 1, got 0"),
    (one_hot, InputError, ([0.5], 10), "labels must hold whole numbers, got float64"),
    (smooth_targets, RangeError, ([0], 10, 10), "eps must be a number in [0, 1], got 10"),
    (smooth_targets, RangeError, ([0], 10, -0.1), "eps must be a number in [0, 1], got -0.1"),
    (optimal_logit_gap, RangeError, (1, 0.1), "n_classes must be a whole number ≥ 2, got 1"),
    (optimal_logit_gap, RangeError, (10, 2), "eps must be a number in [0, 1], got 2"),
    (softmax, ShapeError, (1.0,), "logits must have shape (…, N), got ()"),
    (soft_cross_entropy, ShapeError, (Z[0], T), "logits must have shape (B, N), got (10,); did you mean logits[None]?"),
    (soft_cross_entropy, ShapeError, (Z, [1, 2, 3, 4]), f"{WANTED} (4,); did you mean one_hot(targets, n_classes)?"),
    (cross_entropy_grad, ShapeError, (Z, T.T), f"{WANTED} (10, 4); did you mean targets.T?"),
    (soft_cross_entropy, RangeError, (T, Z), f"{ROWS} 0 with a least of 0 in row 0; were logits and targets swapped?"),
    (cross_entropy_grad, RangeError, (Z, 2 * T), f"{ROWS} 2 with a least of 0.2 in row 0"),
    (loss_floor, RangeError, ([[1.5, -0.5]],), f"{ROWS} 1 with a least of -0.5 in row 0"),
    (loss_floor, ShapeError, ([0, 1],), "targets must have shape (B, N), got (2,); did you mean one_hot(targets"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "error", "arguments", "text"), mistakes)
def test_a_mistake_is_named(function, error, arguments, text):
    with pytest.raises(error) as caught:
        function(*arguments)
    assert str(caught.value).startswith(f"{function.__name__}: {text}")
