"""Draws of λ that change gradually with α: they follow Beta(α, α) and use the same random numbers for every α."""

import numpy as np
import pytest
from scipy import stats

from pages.parts.mixup.spread import KNOB
from sota_core.figures.mixup.draws import drawn_facts, lam_draws, uniform
from sota_core.functional.beta import folded_mean, folded_share_above


@pytest.mark.parametrize("alpha", [*KNOB.values[::7], 1.0, KNOB.values[-1]])
def test_a_draw_is_the_quantile_of_its_random_number(alpha: float) -> None:
    u = uniform(2000, 5)
    assert np.abs(lam_draws(alpha, 2000, 5, is_folded=False) - stats.beta.ppf(u, alpha, alpha)).max() < 1e-5


@pytest.mark.parametrize("alpha", [0.05, 0.4, 1.0, 2.5, 4.0])
def test_the_draws_follow_the_law(alpha: float) -> None:
    draws = lam_draws(alpha, 20_000, 0, is_folded=False)
    # Each half by its distance from its own end: floats resolve smaller differences near 0 than near 1.
    least = 2 * stats.beta.cdf(1e-12, alpha, alpha)
    for half in (draws[draws < 0.5], 1 - draws[draws > 0.5]):
        assert len(half) == pytest.approx(10_000, abs=4 * 71)
        below = 2 * stats.beta.cdf(half[half > 1e-12], alpha, alpha)
        assert stats.kstest((below - least) / (1 - least), "uniform").pvalue > 0.01
    share, mean = drawn_facts(draws)
    assert share == pytest.approx(folded_share_above(0.9, alpha), abs=4 * 0.5 / 141)  # 4 standard errors
    assert mean == pytest.approx(folded_mean(alpha), abs=4 * 0.16 / 141)


def test_a_step_of_alpha_moves_every_draw_a_little() -> None:
    before, after = (lam_draws(alpha, 1000, 3, is_folded=True) for alpha in (1.0, 1.05))
    assert 0 < np.abs(after - before).max() < 0.01
    assert not np.allclose(before, lam_draws(1.0, 1000, 4, is_folded=True))


def test_folded_draws_are_the_same_draws_folded_and_in_order() -> None:
    folded, plain = (lam_draws(0.4, 50, 1, is_folded=f) for f in (True, False))
    assert np.array_equal(folded, np.sort(np.maximum(plain, 1 - plain)))
    assert np.all(np.diff(folded) >= 0) and np.all(np.diff(plain) >= 0)
