"""Test-time augmentation: which arguments are refused, and with which message."""

import numpy as np
import pytest

from sota_core.errors import RangeError, ShapeError
from sota_core.functional.tta import accuracy, combine, combine_logits, corner_crops, rescued_and_broken, view_weights

P, A, L = np.full((4, 2), 0.5), np.full((3, 4, 2), 0.5), np.array([0, 1, 0, 1])
mistakes = [
    (
        combine,
        ShapeError,
        (P, A[:0]),
        "augmented must hold at least one view (V ≥ 1), got (0, 4, 2); with no view, use",
    ),
    (
        combine,
        ShapeError,
        (P, P),
        "augmented must have shape (V, B, N) with B = 4, N = 2, got (4, 2); did you mean aug",
    ),
    (combine, ShapeError, (P, A[:, :3]), "augmented must have shape (V, B, N) with B = 4, N = 2, got (3, 3, 2)"),
    (combine, ShapeError, (A, A), "plain must have shape (B, N), got (3, 4, 2)"),
    (combine, RangeError, (P, A, 25), "beta must be a number in [0, 1], got 25"),
    (combine, RangeError, (P, A, None), "beta must be a number in [0, 1], got None"),
    (combine_logits, ShapeError, (P, A[:0]), "augmented must hold at least one view (V ≥ 1), got (0, 4, 2)"),
    (combine_logits, ShapeError, (P, A[:, :3]), "augmented must have shape (V, B, N) with B = 4, N = 2, got (3, 3, 2)"),
    (combine_logits, RangeError, (P, A, 25), "beta must be a number in [0, 1], got 25"),
    (view_weights, RangeError, (0, 0.25), "n must be a whole number ≥ 1, got 0"),
    (view_weights, RangeError, (4, -1), "beta must be a number in [0, 1], got -1"),
    (corner_crops, RangeError, (np.zeros((3, 8, 9)), 10), "size must be at most the shorter side, 8, got 10; enlarge"),
    (
        corner_crops,
        RangeError,
        (np.zeros((8, 9, 3)), 4),
        "size must be at most the shorter side, 3, got 4; did you mean",
    ),
    (corner_crops, RangeError, (np.zeros((3, 8, 9)), 0), "size must be a whole number ≥ 1, got 0"),
    (corner_crops, ShapeError, (np.zeros((8, 9)), 4), "image must have shape (…, C, H, W), got (8, 9)"),
    (accuracy, ShapeError, (P, L[:3]), "labels must have shape (B,) = (4,), got (3,)"),
    (accuracy, ShapeError, (P[:0], L[:0]), "probs must hold at least one row, got B = 0"),
    (accuracy, RangeError, (P, L + 1), "labels must lie in [0, N) = [0, 2), got 2 at index 1"),
    (rescued_and_broken, ShapeError, (P, P[:2], L), "combined must have shape (B, N) = (4, 2), got (2, 2)"),
]


@pytest.mark.parametrize(("function", "error", "arguments", "text"), mistakes)
def test_a_mistake_is_named(function, error, arguments, text):
    with pytest.raises(error) as caught:
        function(*arguments)
    assert str(caught.value).startswith(f"{function.__name__}: {text}")


def test_with_the_maximum_beta_is_ignored():
    assert np.array_equal(combine(P, A, None, True), P)  # type: ignore[arg-type]
