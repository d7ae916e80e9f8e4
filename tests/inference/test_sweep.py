"""A set under every setting of test-time augmentation: what combining it once more would say, and no less."""

import numpy as np
import pytest

from sota_core.functional.tta import rescued_and_broken
from sota_core.inference.predictions import Stored, growth
from sota_core.inference.sweep import sweep

BETAS = (0.0, 0.25, 0.3, 1.0)


@pytest.fixture(scope="module")
def stored() -> Stored:
    rng = np.random.default_rng(0)
    probs = rng.dirichlet([0.7] * 5, size=(4, 80)).astype(np.float32)
    return Stored(probs[0], probs[1:], rng.integers(0, 5, 80), tuple(map(str, range(80))), tuple("abcde"))


@pytest.mark.parametrize("use_max", [False, True])
def test_a_balance_is_what_the_set_says_when_it_is_combined_so(stored: Stored, use_max: bool) -> None:
    swept = sweep(stored, BETAS, 8)
    for n in (1, 2, 3, 8):
        for beta in BETAS:
            combined = stored.combined(n, beta, use_max)
            found = swept.balance(n, beta, use_max)
            rescued, broken = rescued_and_broken(stored.plain, combined, stored.labels)
            assert (found.n_rescued, found.n_broken) == (len(rescued), len(broken))
            assert found.accuracy == stored.accuracy(combined)
            assert found.accuracy - swept.plain == pytest.approx((found.n_rescued - found.n_broken) / 80)


def test_its_growths_are_those_of_each_beta_by_itself_and_of_the_maximum(stored: Stored) -> None:
    swept = sweep(stored, BETAS, 8)
    assert all(swept.growth(beta, False) == growth(stored, beta) for beta in BETAS)
    assert swept.growth(0.3, True) == growth(stored, 0.3, use_max=True)


def test_no_more_views_are_combined_than_asked_for(stored: Stored) -> None:
    assert {n for n, _ in sweep(stored, BETAS, 2).balances} == {1, 2}
