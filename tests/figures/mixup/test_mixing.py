"""Mixup on pictures: the blend, one pixel, a batch with its losses."""

import numpy as np
import pytest

from sota_core.figures.mixup.mixing import (
    Item,
    blended,
    made_up_logits,
    mean_losses,
    middle,
    mixed_batch,
    mixed_pixel,
)
from sota_core.functional.mixup import fold_lam, mix_images, sample_lam, sample_partner
from sota_core.functional.smoothing import log_softmax

ALPHA, SEED, N_CLASSES = 0.4, 95, 5


@pytest.fixture
def pictures() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (16, 16, 3), dtype=np.uint8) for _ in range(8)]


@pytest.fixture
def labels() -> np.ndarray:
    return np.array([0, 1, 2, 3, 4, 0, 1, 2])


@pytest.fixture
def items(pictures: list[np.ndarray], labels: np.ndarray) -> tuple[Item, ...]:
    return mixed_batch(pictures, labels, N_CLASSES, ALPHA, SEED)


def test_a_blend_by_hand_rounds_to_nearest() -> None:
    a, b = np.full((1, 1, 3), 157, np.uint8), np.full((1, 1, 3), 249, np.uint8)
    assert blended(a, b, 0.7).ravel().tolist() == [185] * 3  # 184.6
    assert mixed_pixel(middle(a), middle(b), 0.7) == pytest.approx((184.6,) * 3)


def test_lam_one_shows_a_and_lam_zero_shows_b(pictures: list[np.ndarray]) -> None:
    a, b = pictures[:2]
    assert np.array_equal(blended(a, b, 1), a) and np.array_equal(blended(a, b, 0), b)


def test_a_blend_never_strays_half_a_grey_level_from_the_maths(pictures: list[np.ndarray]) -> None:
    a, b = pictures[:2]
    for lam in (0.01, 0.25, 0.5, 0.83):
        exact = mix_images(np.stack([a, b]).astype(float), lam, np.array([1, 0]))[0]
        assert np.abs(blended(a, b, lam) - exact).max() <= 0.5


def test_the_middle_pixel_is_the_one_in_the_middle(pictures: list[np.ndarray]) -> None:
    assert middle(pictures[0]) == tuple(pictures[0][8, 8]) and middle(pictures[1]) == tuple(pictures[1][8, 8])


def test_a_batch_follows_the_draws_of_its_seed(items: tuple[Item, ...]) -> None:
    rng = np.random.default_rng(SEED)
    lam, partner = fold_lam(sample_lam(ALPHA, 8, rng)), sample_partner(8, rng)
    assert [item.lam for item in items] == lam.tolist()
    assert [item.partner for item in items] == partner.tolist()
    assert all(0.5 <= item.lam <= 1 for item in items)


def test_every_item_s_two_losses_agree_and_are_those_of_its_prediction(
    items: tuple[Item, ...], labels: np.ndarray
) -> None:
    rng = np.random.default_rng(SEED)
    sample_lam(ALPHA, 8, rng), sample_partner(8, rng)
    loss = -log_softmax(made_up_logits(labels, N_CLASSES, rng))
    for i, item in enumerate(items):
        assert item.own == pytest.approx(loss[i, item.label])
        assert item.partners == pytest.approx(loss[i, item.partner_label])
        assert item.mixed == pytest.approx(item.lam * item.own + (1 - item.lam) * item.partners)
        assert item.soft == pytest.approx(float((item.target * loss[i]).sum()))
        assert item.agrees
    assert mean_losses(items)[0] == pytest.approx(mean_losses(items)[1])


def test_a_net_is_asked_about_the_mixed_pictures(pictures: list[np.ndarray], labels: np.ndarray) -> None:
    asked = []

    def ask(views: np.ndarray) -> np.ndarray:
        asked.append(views)
        return np.arange(8 * N_CLASSES, dtype=np.float32).reshape(8, N_CLASSES) % 7

    items = mixed_batch(pictures, labels, N_CLASSES, ALPHA, SEED, ask)
    assert np.array_equal(asked[0], np.stack([item.picture for item in items]))
    loss = -log_softmax(ask(asked[0]).astype(float))
    assert all(item.own == pytest.approx(loss[i, item.label]) and item.agrees for i, item in enumerate(items))


def test_a_wrong_loss_is_not_called_equal(items: tuple[Item, ...]) -> None:
    from dataclasses import replace

    assert not replace(items[0], soft=items[0].soft + 1e-6).agrees


def test_a_picture_that_meets_its_own_class_keeps_its_target(items: tuple[Item, ...], labels: np.ndarray) -> None:
    for item in items:
        assert item.target.sum() == pytest.approx(1)
        if item.label == item.partner_label:
            assert item.target[item.label] == pytest.approx(1)
