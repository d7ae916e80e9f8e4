"""Calibration of stored answers: by hand, and how large the error is by chance alone."""

import numpy as np
import pytest

from sota_core import paths
from sota_core.errors import ShapeError
from sota_core.functional.calibration import expected_calibration_error
from sota_core.inference.calibration import calibration, change, perfect_errors
from sota_core.inference.predictions import load_stored


def drawn(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and labels drawn from them: perfectly calibrated except for chance."""
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.full(4, 0.5), n)
    return probs, (rng.random(n)[:, None] > probs.cumsum(1)).sum(1)


def test_four_answers_by_hand():
    probs = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.3, 0.7]])
    found = calibration(probs, np.array([0, 1, 1, 1]))
    assert len(found) == 4 and found.accuracy == 0.75
    assert found.confidence == pytest.approx(0.775) and found.excess == pytest.approx(0.025)
    # bins of width 1/15: .9 and .9 share one, half of it right; .6 and .7 have one each, both right
    assert found.ece == pytest.approx((2 * 0.4 + 0.4 + 0.3) / 4)
    assert found.gap == pytest.approx(np.log([9, 9, 1.5, 7 / 3]).mean())
    np.testing.assert_allclose(found.over, [-0.1, 0.9, -0.4, -0.3])
    assert found.chance == 0.75  # the rule of three: 3 / 4


def test_half_the_interval_is_that_of_the_sample_or_of_a_calibrated_net_or_of_the_rule_of_three() -> None:
    def judged(sure: float, wrong: int, n: int) -> float:
        return calibration(np.tile([sure, 1 - sure], (n, 1)), np.repeat([1, 0], [wrong, n - wrong])).chance

    assert judged(0.7, 50, 100) == pytest.approx(1.96 * np.sqrt(0.25 / 99))
    assert judged(0.7, 10, 100) == pytest.approx(1.96 * np.sqrt(0.21 / 100))
    assert judged(0.99, 0, 100) == pytest.approx(0.03)
    assert judged(0.9, 0, 1) == np.inf


@pytest.mark.parametrize(("sure", "n"), [(0.9, 12), (0.95, 20), (0.98, 40), (0.99, 100), (0.99, 400), (0.7, 20)])
def test_a_calibrated_net_is_seldom_judged_falsely_near_certainty_too(sure: float, n: int) -> None:
    """The sample's own spread is 0 where every answer is right, as it is in a third of such small samples."""
    rng, probs = np.random.default_rng(0), np.tile([sure, 1 - sure], (n, 1))
    found = [calibration(probs, (rng.random(n) > sure).astype(int)) for _ in range(400)]
    assert np.mean([abs(of.excess) > of.chance + 1e-9 for of in found]) <= 0.07


@pytest.mark.parametrize("is_paired", [True, False])
@pytest.mark.parametrize(("before", "after", "n"), [(0.95, 0.99, 20), (0.98, 0.98, 40), (0.9, 0.99, 100)])
def test_nor_is_a_change_between_two_calibrated_nets(before: float, after: float, n: int, is_paired: bool) -> None:
    rng, wrong = np.random.default_rng(1), 0
    for _ in range(300):
        one, two = (
            calibration(np.tile([sure, 1 - sure], (n, 1)), (rng.random(n) > sure).astype(int))
            for sure in (before, after)
        )
        moved, band = change(one, two, is_paired=is_paired)
        wrong += abs(moved) > band + 1e-9
    assert wrong / 300 <= 0.07


def test_a_probability_that_storing_rounded_to_0_does_not_swell_the_gap():
    """float32 stores exp(−110) as 0. The gap is then computed with float32's smallest normal number, about exp(−87): it
    may become smaller, but not larger.
    """
    logits = np.array([[0.0, -110.0, *[-9.0] * 8]] * 3)
    probs = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    stored, labels = probs.astype(np.float32), np.zeros(3, int)
    assert stored[0, 1] == 0
    true = calibration(probs, labels).gap
    assert true == pytest.approx((110 + 8 * 9) / 9, rel=1e-6)
    found = calibration(stored, labels)
    assert true - (110 - 87) / 9 - 0.1 < found.gap <= true
    assert found.is_gap_least and not calibration(probs, labels).is_gap_least


def test_a_calibrated_net_stays_within_chance_and_an_overconfident_one_does_not():
    probs, labels = drawn(2000)
    fair = calibration(probs, labels)
    assert fair.ece < fair.chance_ece and abs(fair.excess) < fair.chance
    sharp = probs**3 / (probs**3).sum(1, keepdims=True)
    over = calibration(sharp, labels)
    assert over.ece > over.chance_ece and over.excess > over.chance and over.gap > fair.gap
    assert over.accuracy == fair.accuracy


def test_the_error_by_chance_alone_falls_with_the_number_of_pictures():
    rng = np.random.default_rng(1)
    few, many = (perfect_errors(np.full(n, 0.5), rng, 400).mean() for n in (100, 10_000))
    # with one bin: the mean of |binomial share − ½| is √(2 / π) · ½ / √n
    assert few == pytest.approx(np.sqrt(2 / np.pi) * 0.5 / 10, rel=0.15)
    assert many == pytest.approx(few / 10, rel=0.2)


def test_drawn_errors_are_those_of_the_definition():
    sure = np.random.default_rng(2).random(50)
    right = np.random.default_rng(3).random(50) < sure
    np.testing.assert_allclose(
        perfect_errors(sure, np.random.default_rng(3), 1), [expected_calibration_error(sure, right)]
    )


def test_the_same_answers_have_not_moved_and_pairs_are_told_apart_better():
    probs, labels = drawn(400)
    one = calibration(probs, labels)
    assert change(one, one, is_paired=True) == (0, pytest.approx(3 / 400))  # by the rule of three
    soft = 0.9 * probs + 0.1 / 4
    moved, paired = change(one, calibration(soft, labels), is_paired=True)
    assert moved < 0 and paired < change(one, calibration(soft, labels), is_paired=False)[1]


def test_the_shipped_nets_own_predictions_can_be_judged():
    found = load_stored(paths.ASSETS / "sample_model" / "predictions.npz")
    of = calibration(found.plain, found.labels)
    assert of.accuracy == found.accuracy(found.plain) and of.counts.sum() == len(found)


@pytest.mark.parametrize(("probs", "labels"), [(np.eye(3), np.arange(2)), (np.empty((0, 3)), np.arange(0))])
def test_what_does_not_fit_is_refused(probs, labels):
    with pytest.raises(ShapeError):
        calibration(probs, labels)
