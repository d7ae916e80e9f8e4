"""How Beta(α, α) distributes λ; compared with SciPy, which only the tests use."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from sota_core.errors import RangeError
from sota_core.functional.beta import beta_density, folded_density, folded_mean, folded_share_above

few = settings(max_examples=25, deadline=None)
alphas = st.floats(0.01, 1000)


# By hand


@pytest.mark.parametrize(("alpha", "mean", "share"), [(0.1, 0.94, 0.81), (0.4, 0.840, 0.48), (1.0, 0.75, 0.20)])
def test_the_known_figures(alpha, mean, share):
    assert folded_mean(alpha) == pytest.approx(mean, abs=0.005)
    assert folded_share_above(0.9, alpha) == pytest.approx(share, abs=0.005)


def test_alpha_one_is_uniform():
    assert beta_density([0.0, 0.1, 0.9, 1.0], 1).tolist() == [1.0] * 4
    assert folded_density([0.0, 0.49, 0.5, 0.9], 1).tolist() == [0.0, 0.0, 2.0, 2.0]
    assert folded_mean(1) == 0.75
    assert folded_share_above(0.8, 1) == pytest.approx(0.4)


# Limits


def test_small_alpha_is_one_picture_and_large_alpha_half_of_each():
    assert folded_mean(1e-6) == pytest.approx(1, abs=1e-5)
    assert folded_share_above(0.99, 1e-6) == pytest.approx(1, abs=1e-4)
    assert folded_mean(1e6) == pytest.approx(0.5, abs=1e-3)
    assert folded_share_above(0.51, 1e6) == pytest.approx(0, abs=1e-12)


def test_the_ends_of_the_density():
    assert beta_density([0.0, 1.0], 0.4).tolist() == [np.inf, np.inf]
    assert beta_density([0.0, 1.0], 2).tolist() == [0.0, 0.0]


def test_the_ends_of_the_share():
    assert folded_share_above(1, 0.4) == 0
    assert folded_share_above(0.5, 0.4) == folded_share_above(0, 0.4) == 1


# Laws


@few
@given(alphas, st.floats(0, 1), st.floats(0, 1))
def test_the_share_falls_as_the_threshold_rises(alpha, a, b):
    low, high = sorted((a, b))
    assert 0 <= folded_share_above(high, alpha) <= folded_share_above(low, alpha) + 1e-12 <= 1 + 1e-12


@few
@given(alphas, st.floats(0.001, 0.999))
def test_the_density_is_symmetric(alpha, lam):
    # near 0, 1 − (1 − lam) loses a few digits of lam
    assert float(beta_density(lam, alpha)) == pytest.approx(float(beta_density(1 - lam, alpha)), rel=1e-6, abs=1e-300)


# Reference


@few
@given(alphas, st.floats(0.5, 1))
def test_the_share_is_scipy_s(alpha, threshold):
    expected = 2 * stats.beta.cdf(1 - threshold, alpha, alpha)
    assert folded_share_above(threshold, alpha) == pytest.approx(expected, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("alpha", [1e4, 1e6, 1e8])
@pytest.mark.parametrize("n_std", [0.01, 1, 3])
def test_the_share_is_scipy_s_for_huge_alpha_too(alpha, n_std):
    # ln B(α, α) is a difference of numbers of size α ln α; their rounding limits the accuracy.
    threshold = 0.5 + n_std / (2 * (2 * alpha + 1) ** 0.5)
    expected = 2 * stats.beta.cdf(1 - threshold, alpha, alpha)
    assert folded_share_above(threshold, alpha) == pytest.approx(expected, rel=1e-15 * alpha * np.log(alpha) + 1e-9)


@few
@given(alphas, st.lists(st.floats(0.001, 0.999), min_size=1, max_size=8))
def test_the_density_is_scipy_s(alpha, lam):
    np.testing.assert_allclose(beta_density(lam, alpha), stats.beta.pdf(lam, alpha, alpha), rtol=1e-8, atol=1e-300)


@pytest.mark.parametrize("alpha", [0.4, 1, 2, 30])
def test_the_mean_is_the_integral_over_the_folded_density(alpha):
    # Integrated by parts, as ½ + ∫ P(folded > t), which is smooth where the density itself is infinite.
    above, _ = integrate.quad(lambda t: 2 * stats.beta.sf(t, alpha, alpha), 0.5, 1)
    assert folded_mean(alpha) == pytest.approx(0.5 + above, rel=1e-6)


# Errors


@pytest.mark.parametrize(
    "function", [folded_mean, lambda a: beta_density(0.5, a), lambda a: folded_share_above(0.9, a)]
)
def test_alpha_must_be_positive(function):
    with pytest.raises(RangeError, match=r"alpha must be a number in \(0, inf\), got 0"):
        function(0)


def test_what_is_no_share_is_named():
    with pytest.raises(RangeError, match=r"beta_density: lam must lie in \[0, 1\], got 2 at index 0"):
        beta_density([2.0], 1)
    with pytest.raises(RangeError, match=r"folded_share_above: threshold must be a number in \[0, 1\], got 90"):
        folded_share_above(90, 1)
