"""What the page computes about label smoothing: the chapter's numbers, combined with mixup, and as wrong labels."""

import math

import numpy as np
import pytest

from sota_core.figures.label_smoothing.smoothed import both, noise_as_smoothing, order_does_not_matter, smoothed
from sota_core.functional import smoothing as maths
from sota_core.train.labels import add_label_noise


def test_the_five_categories_of_the_book_get_92_and_2_hundredths() -> None:
    what = smoothed(5, 2, 0.1, 0.0)
    assert what.target.round(12).tolist() == [0.02, 0.02, 0.92, 0.02, 0.02]
    assert (round(what.on, 12), round(what.off, 12)) == (0.92, 0.02)


@pytest.mark.parametrize(("n", "floor"), [(10, 0.500), (1000, 1.015)])
def test_the_floor_is_the_printed_one(n: int, floor: float) -> None:
    assert smoothed(n, 0, 0.1, 0.0).floor == pytest.approx(floor, abs=5e-4)


def test_everything_of_an_item_is_what_the_maths_gives() -> None:
    what = smoothed(10, 3, 0.2, 2.5)
    logits = 2.5 * maths.one_hot([3], 10)
    target = maths.smooth_targets([3], 10, 0.2)
    assert what.loss == maths.soft_cross_entropy(logits, target)[0]
    assert what.plain_loss == maths.soft_cross_entropy(logits, maths.one_hot([3], 10))[0]
    assert np.array_equal(what.grad, maths.cross_entropy_grad(logits, target)[0])
    assert what.best_logit == maths.optimal_logit_gap(10, 0.2)
    own, other = what.surprise
    assert what.loss == pytest.approx(what.on * own + 9 * what.off * other)
    assert what.grad.sum() == pytest.approx(0) and what.other_grad == what.grad[4]


def test_at_the_best_logit_the_loss_is_the_floor_and_the_gradient_is_gone() -> None:
    best = maths.optimal_logit_gap(10, 0.1)
    what = smoothed(10, 0, 0.1, best)
    assert what.loss == pytest.approx(what.floor) and what.grad == pytest.approx(np.zeros(10))


def test_without_smoothing_there_is_no_best_logit_and_no_floor() -> None:
    what = smoothed(10, 0, 0.0, 5.0)
    assert math.isinf(what.best_logit) and what.floor == 0 and what.loss == what.plain_loss


def test_a_mixed_and_smoothed_target_by_hand() -> None:
    target = both(10, (3, 7), 0.7, 0.1)
    assert target[3] == pytest.approx(0.7 * 0.91 + 0.3 * 0.01) and target[7] == pytest.approx(0.3 * 0.91 + 0.7 * 0.01)
    assert target.sum() == pytest.approx(1) and order_does_not_matter(10, (3, 7), 0.7, 0.1)
    assert both(10, (3, 3), 0.7, 0.1) == pytest.approx(maths.smooth_targets([3], 10, 0.1)[0])


def test_noisy_labels_are_right_as_often_as_the_smoothed_target_says() -> None:
    n, classes, share = 60_000, 10, 0.25
    truth = np.zeros(n, np.int64)
    noisy = add_label_noise(truth, np.arange(n), classes, share, np.random.default_rng(0))
    drawn = np.bincount(noisy, minlength=classes) / n
    target = maths.smooth_targets([0], classes, noise_as_smoothing(share, classes))[0]
    assert drawn == pytest.approx(target, abs=4 * math.sqrt(0.25 / n))  # 4 standard errors


def test_no_noise_is_no_smoothing_and_all_noise_is_all_of_it() -> None:
    assert noise_as_smoothing(0, 10) == 0 and noise_as_smoothing(0.9, 10) == pytest.approx(1)
