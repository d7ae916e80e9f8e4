"""A set under every setting of TTA: the stored counts are those of combining the predictions again."""

from pathlib import Path

import numpy as np
import pytest

from sota_core.errors import DataError
from sota_core.functional.tta import rescued_and_broken
from sota_core.inference import sweep as sweeps
from sota_core.inference.predictions import LOG_ODDS, MAXIMUM, MEAN, RULES, Stored, growth
from sota_core.inference.sweep import sweep

BETAS = (0.0, 0.25, 0.3, 1.0)


@pytest.fixture(scope="module")
def stored() -> Stored:
    rng = np.random.default_rng(0)
    probs = rng.dirichlet([0.7] * 5, size=(4, 80)).astype(np.float32)
    return Stored(probs[0], probs[1:], rng.integers(0, 5, 80), tuple(map(str, range(80))), tuple("abcde"))


@pytest.fixture(scope="module")
def stretched(stored: Stored) -> dict[float, np.ndarray]:
    return {2.0: np.random.default_rng(1).dirichlet([0.7] * 5, size=stored.views.shape[:2]).astype(np.float32)}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("strength", [1.0, 2.0])
def test_a_balance_is_what_the_set_says_when_it_is_combined_so(
    stored: Stored, stretched: dict[float, np.ndarray], rule: str, strength: float
) -> None:
    swept = sweep(stored, BETAS, 8, stretched)
    of = stored if strength == 1 else stored.seen_as(stretched[2.0])
    for n in (1, 2, 3, 8):
        for beta in BETAS:
            combined = of.combined(n, beta, rule)
            found = swept.balance(n, beta, rule, strength)
            rescued, broken = rescued_and_broken(stored.plain, combined, stored.labels)
            assert (found.n_rescued, found.n_broken) == (len(rescued), len(broken))
            assert found.accuracy == stored.accuracy(combined)
            assert found.accuracy - swept.plain == pytest.approx((found.n_rescued - found.n_broken) / 80)


@pytest.mark.parametrize("rule", [MEAN, LOG_ODDS])
def test_its_growths_are_those_of_each_beta_by_itself_and_of_the_maximum(stored: Stored, rule: str) -> None:
    swept = sweep(stored, BETAS, 8)
    assert all(swept.growth(beta, rule) == growth(stored, beta, rule) for beta in BETAS)
    assert swept.growth(0.3, MAXIMUM) == growth(stored, 0.3, MAXIMUM)


def test_no_more_views_are_combined_than_asked_for(stored: Stored) -> None:
    swept = sweep(stored, BETAS, 2)
    assert swept.rescued.shape == (1, 3, 2, len(BETAS)) and swept.balance(8, 0.3, MEAN) == swept.balance(2, 0.3, MEAN)


def test_a_strength_that_nobody_asked_for_is_that_of_training(stored: Stored) -> None:
    swept = sweep(stored, BETAS, 3)
    assert not swept.has(2.0) and swept.has(1.0)
    assert swept.balance(2, 0.25, MEAN, 2.0) == swept.balance(2, 0.25, MEAN, 1.0)
    assert swept.growth(0.25, MEAN, 2.0) == swept.growth(0.25, MEAN)


def test_it_is_the_same_once_written_and_read(
    stored: Stored, stretched: dict[float, np.ndarray], tmp_path: Path
) -> None:
    swept = sweep(stored, BETAS, 3, stretched)
    sweeps.save(tmp_path / "sweep.npz", swept)
    again = sweeps.load(tmp_path / "sweep.npz")
    for name in ("n_pictures", "plain", "betas", "strengths"):
        assert getattr(again, name) == getattr(swept, name)
    for name in ("rescued", "broken", "grown"):
        np.testing.assert_allclose(getattr(again, name), getattr(swept, name), atol=1e-12)


def test_another_file_in_its_place_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "sweep.npz", plain=1)
    with pytest.raises(DataError, match="not a set under test-time augmentation"):
        sweeps.load(tmp_path / "sweep.npz")
