"""Mixup: which arguments are refused, and with which message."""

import numpy as np
import pytest
import torch

from sota_core.errors import InputError, RangeError, ShapeError
from sota_core.functional.mixup import fold_lam, mix_images, mix_losses, mix_targets, sample_lam, sample_partner

X, LAM, PARTNER = np.zeros((4, 3, 2, 2)), np.full(4, 0.5), np.arange(4)
mistakes = [
    (
        ShapeError,
        (X, LAM[:, None], PARTNER),
        "lam must have shape (B,) = (4,), got (4, 1); did you mean lam.squeeze(1)?",
    ),
    (ShapeError, (X, LAM[:3], PARTNER), "lam must have shape (B,) = (4,), got (3,)"),
    (
        ShapeError,
        (X, LAM[:1], PARTNER),
        "lam must have shape (B,) = (4,), got (1,); did you mean lam[0], one weight for",
    ),
    (ShapeError, (X, LAM, PARTNER[:2]), "partner must have shape (B,) = (4,), got (2,)"),
    (ShapeError, (np.float64(1), LAM, PARTNER), "x must have shape (B, C, H, W), got ()"),
    (RangeError, (X, [0, 0, 30, 0], PARTNER), "lam must lie in [0, 1], got 30 at index 2; λ is a fraction"),
    (RangeError, (X, -0.5, PARTNER), "lam must lie in [0, 1], got -0.5; λ"),
    (RangeError, (X, float("nan"), PARTNER), "lam must lie in [0, 1], got nan"),
    (RangeError, (X, LAM, [0, 1, 2, 4]), "partner must lie in [0, B) = [0, 4), got 4 at index 3"),
    (RangeError, (X, LAM, [0, 1, 2, -1]), "partner must lie in [0, B) = [0, 4), got -1 at index 3"),
    (InputError, (X, LAM, [0.0, 1, 2, 3]), "partner must hold whole numbers, got float64"),
    (InputError, (X, None, PARTNER), "lam must hold real numbers, got NoneType"),
    (ShapeError, ([[1], [1, 2]], LAM, PARTNER), "x must be a full array, got rows of unequal length"),
    (
        InputError,
        (X, torch.zeros(4), PARTNER),
        "lam must be NumPy or of the first array's kind (numpy.ndarray), got torch",
    ),
]


@pytest.mark.parametrize(("error", "arguments", "text"), mistakes)
def test_a_mistake_is_named(error, arguments, text):
    with pytest.raises(error) as caught:
        mix_images(*arguments)
    assert str(caught.value).startswith(f"mix_images: {text}")


def test_labels_in_place_of_targets_are_named():
    with pytest.raises(ShapeError) as caught:
        mix_targets(PARTNER, LAM, PARTNER)
    text = "mix_targets: targets must have shape (B, N), got (4,); did you mean one_hot(labels, n_classes)?"
    assert str(caught.value) == text


@pytest.mark.parametrize("alpha", [0, -1, float("inf"), float("nan"), None, "much"])
def test_alpha_must_be_positive_and_finite(alpha, rng):
    with pytest.raises(RangeError, match=r"sample_lam: alpha must be a number in \(0, inf\), got .*do not mix"):
        sample_lam(alpha, 2, rng)


def test_a_seed_is_not_a_generator():
    with pytest.raises(InputError, match=r"sample_lam: rng .* got int; did you mean numpy.random.default_rng\(seed\)"):
        sample_lam(0.4, 2, 42)  # type: ignore[arg-type]


def test_a_negative_or_broken_count_is_named(rng):
    with pytest.raises(RangeError, match=r"sample_partner: n must be a whole number ≥ 0, got -1"):
        sample_partner(-1, rng)
    with pytest.raises(RangeError, match=r"sample_lam: n must be a whole number ≥ 0, got 2.5"):
        sample_lam(0.4, 2.5, rng)  # type: ignore[arg-type]


def test_losses_of_unequal_length_are_named():
    with pytest.raises(ShapeError, match=r"mix_losses: partners must have shape \(B,\) = \(2,\), got \(3,\)"):
        mix_losses([1.0, 2.0], [1.0, 2.0, 3.0], 0.5)


def test_folding_refuses_what_is_no_share():
    with pytest.raises(RangeError, match=r"fold_lam: lam must lie in \[0, 1\], got 1.5 at index 1"):
        fold_lam([0.5, 1.5])
