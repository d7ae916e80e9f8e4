"""Principal components, and the spread within classes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sota_core.errors import RangeError, ShapeError
from sota_core.functional.projection import principal_components, within_share

few = settings(max_examples=20, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def features(seed, n=12, f=5):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, f)) * np.arange(1, f + 1)


# By hand


def test_points_on_a_line_have_one_component(make):
    z, share = principal_components(make([[1.0, 1.0], [4.0, 5.0], [7.0, 9.0]]), 2)
    np.testing.assert_allclose(np.asarray(z)[:, 0], [5, 0, -5], atol=1e-12)
    np.testing.assert_allclose(share, [1, 0], atol=1e-12)


def test_spread_within_and_between_two_classes(make):
    # class means 1 and 7: within them 4 · 1, in all 1 · (16 + 4 + 4 + 16)
    share = within_share(make([[0.0], [2.0], [6.0], [8.0]]), make([0, 0, 1, 1]), 2)
    assert float(share) == pytest.approx(0.1)


# Limit cases


def test_what_does_not_vary_has_no_share():
    z, share = principal_components(np.ones((4, 3)), 2)
    assert not z.any() and not share.any()
    assert float(within_share(np.ones((4, 3)), np.arange(4), 4)) == 0


def test_no_more_components_than_there_are():
    assert principal_components(features(0, n=3, f=5), 50)[0].shape == (3, 2)
    assert principal_components(features(0, n=9, f=5), 50)[0].shape == (9, 5)


# Laws


@few
@given(seeds)
def test_they_are_numpys_svd_but_for_signs(seed):
    x = features(seed)
    z, share = principal_components(x, 3)
    u, s, _ = np.linalg.svd(x - x.mean(0), full_matrices=False)
    np.testing.assert_allclose(np.abs(z), np.abs(u[:, :3] * s[:3]), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(share, (s**2 / (s**2).sum())[:3], rtol=1e-8)
    assert (z[0] >= 0).all()


@few
@given(seeds)
def test_all_components_keep_every_distance_and_the_spread_within(seed):
    x, labels = features(seed), np.arange(12) % 3
    z, share = principal_components(x, 50)
    np.testing.assert_allclose(np.linalg.norm(z[0] - z[1:], axis=1), np.linalg.norm(x[0] - x[1:], axis=1), rtol=1e-6)
    assert share.sum() == pytest.approx(1)
    assert float(within_share(z, labels, 3)) == pytest.approx(float(within_share(x, labels, 3)))


@few
@given(seeds)
def test_classes_of_one_point_have_no_spread_within_and_one_class_has_all(seed):
    x = features(seed)
    assert float(within_share(np.repeat(x[:3], 4, 0), np.repeat(np.arange(3), 4), 3)) == pytest.approx(0, abs=1e-12)
    assert float(within_share(x, np.zeros(12, np.int64), 1)) == pytest.approx(1)


# Errors


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: principal_components([1.0, 2.0], 1), ShapeError, r"x must have shape \(M, F\)"),
        (lambda: principal_components([[1.0, 2.0]], 1), ShapeError, "at least two rows"),
        (lambda: principal_components([[1.0], [2.0]], 0), RangeError, "k must be a whole number"),
        (lambda: within_share([[1.0], [2.0]], [0], 1), ShapeError, "labels"),
        (lambda: within_share([[1.0], [2.0]], [0, 3], 2), RangeError, "labels"),
    ],
)
def test_errors_say_what_was_wrong(call, error, text):
    with pytest.raises(error, match=text):
        call()
