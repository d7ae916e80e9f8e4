"""Calibration: bins, their error, and how far the logit of the answered class is above the others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sota_core.errors import RangeError, ShapeError
from sota_core.functional.calibration import bin_of, expected_calibration_error, logit_gap, reliability
from sota_core.functional.smoothing import optimal_logit_gap, smooth_targets, softmax

few = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**32 - 1)

# By hand


def test_a_bin_holds_its_upper_edge_and_not_its_lower(make):
    assert bin_of(make([0.0, 0.2, 0.21, 0.4, 0.99, 1.0]), 5).tolist() == [0, 0, 1, 1, 4, 4]


def test_five_pictures_in_two_bins(make):
    sure, right = make([0.3, 0.5, 0.6, 0.7, 0.8]), make([1, 0, 1, 1, 0])
    counts, confidence, accuracy = reliability(sure, right, 2)
    assert counts.tolist() == [2, 3]
    np.testing.assert_allclose(confidence, [0.4, 0.7])
    np.testing.assert_allclose(accuracy, [0.5, 2 / 3])
    # 2/5 · |.5 − .4| + 3/5 · |2/3 − .7|
    np.testing.assert_allclose(expected_calibration_error(sure, right, 2), 0.06)


def test_errors_of_two_sides_in_one_bin_hide_each_other(make):
    """This is how the error is defined. It depends on the number of bins, so pages state that number with it."""
    sure, right = make([0.6, 0.9]), make([1, 0])
    np.testing.assert_allclose(expected_calibration_error(sure, right, 2), 0.25)
    np.testing.assert_allclose(expected_calibration_error(sure, right, 10), 0.65)


def test_the_gap_of_a_smoothed_target_is_the_one_smoothing_asks_for(make):
    gap = logit_gap(make(smooth_targets(np.array([3]), 10, 0.1)))
    np.testing.assert_allclose(gap, [optimal_logit_gap(10, 0.1)])  # 4.51


# Limit cases


def test_a_net_that_is_always_sure_and_wrong_has_an_error_of_one(make):
    assert float(expected_calibration_error(make([1.0, 1.0]), make([0, 0]))) == 1


def test_a_probability_of_nothing_gives_a_finite_gap(make):
    assert np.isfinite(np.asarray(logit_gap(make([[1.0, 0.0, 0.0]])))).all()


# Laws


@few
@given(seeds, st.integers(1, 20))
def test_a_perfectly_calibrated_net_has_no_error(seed, n_bins):
    """Groups of n answers with confidence k / n, of which k are right."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 12, 6)
    hits = [int(rng.integers(0, n + 1)) for n in sizes]
    sure = np.concatenate([np.full(n, k / n) for n, k in zip(sizes, hits, strict=True)])
    right = np.concatenate([np.arange(n) < k for n, k in zip(sizes, hits, strict=True)])
    assert float(expected_calibration_error(sure, right, n_bins)) == pytest.approx(0, abs=1e-12)


@few
@given(seeds, st.integers(1, 20))
def test_the_error_lies_between_the_difference_of_the_means_and_one(seed, n_bins):
    rng = np.random.default_rng(seed)
    sure, right = rng.random(50), rng.random(50) < 0.5
    error = float(expected_calibration_error(sure, right, n_bins))
    assert abs(right.mean() - sure.mean()) - 1e-12 <= error <= 1
    order = rng.permutation(50)
    assert float(expected_calibration_error(sure[order], right[order], n_bins)) == pytest.approx(error)
    counts, confidence, accuracy = reliability(sure, right, n_bins)
    assert counts.sum() == 50 and (counts * confidence).sum() == pytest.approx(sure.sum())
    assert (counts * accuracy).sum() == pytest.approx(right.sum())


@few
@given(seeds)
def test_the_gap_is_that_of_the_logits(seed):
    logits = np.random.default_rng(seed).normal(size=(6, 4)) * 3
    rest = np.sort(logits, axis=1)
    np.testing.assert_allclose(logit_gap(softmax(logits)), rest[:, -1] - rest[:, :-1].mean(1))


# Errors


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: bin_of([1.5]), RangeError, "confidence must lie in"),
        (lambda: bin_of([[0.5, 0.5]]), ShapeError, r"did you mean probs\.max\(-1\)"),
        (lambda: bin_of([0.5], 0), RangeError, "n_bins"),
        (lambda: reliability([0.5, 0.5], [1]), ShapeError, r"is_right must have shape \(B,\) = \(2,\)"),
        (lambda: reliability([0.5], [7]), RangeError, "is_right must lie in"),
        (lambda: expected_calibration_error([], []), ShapeError, "at least one picture"),
        (lambda: logit_gap([[1.0]]), ShapeError, "at least two classes"),
        (lambda: logit_gap([[3.0, -2.0]]), RangeError, "did you give logits"),
    ],
)
def test_errors_say_what_was_wrong(call, error, text):
    with pytest.raises(error, match=text):
        call()
