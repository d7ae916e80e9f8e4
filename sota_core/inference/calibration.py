"""Does a run's confidence match its accuracy? From its stored probabilities, beside what chance alone would give.

Not here: the maths (functional/calibration.py), figure and sentences (figures/runs/calibration.py).
"""

import math
from dataclasses import dataclass

import numpy as np

from sota_core.errors import ShapeError
from sota_core.functional.calibration import N_BINS, bin_of, expected_calibration_error, logit_gap, reliability

_NORMAL = 1.96  # the normal's 97.5 % quantile
N_DRAWS = 200  # of labels, for the error of a perfectly calibrated net: its 95 % quantile is then known to some 5 %


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """The calibration of B answers. Shares in [0, 1].

    accuracy, confidence  how often right, and how sure on average
    ece         expected calibration error over M equally wide bins
    chance_ece  on so many pictures, a perfectly calibrated net stays below this 95 times of 100
    gap         mean gap between the answered class's logit and the mean of the others
    is_gap_least  some stored probability was rounded to 0: the true gap is larger
    counts, sure, right  (M,)  of each bin: pictures, mean confidence, accuracy
    over        (B,)  of each picture: confidence − 1 where it is right, confidence where it is wrong
    """

    accuracy: float
    confidence: float
    ece: float
    chance_ece: float
    gap: float
    is_gap_least: bool
    counts: np.ndarray
    sure: np.ndarray
    right: np.ndarray
    over: np.ndarray

    def __len__(self) -> int:
        return len(self.over)

    @property
    def excess(self) -> float:
        """Mean confidence − accuracy: above 0 the net is overconfident."""
        return self.confidence - self.accuracy

    @property
    def chance(self) -> float:
        """Half the width of the 95 % interval that so many pictures leave around `excess`.

        At least that of a perfectly calibrated net of the same confidences: where all answers are right, as is likely
        near certainty, the sample's own spread is that of the confidences alone.
        """
        is_right = self.over <= 0
        sure = self.over + is_right
        calibrated = _NORMAL * math.sqrt(float((sure * (1 - sure)).mean()) / len(self))
        return max(_half_width(self.over), calibrated)


def calibration(probs: np.ndarray, labels: np.ndarray, *, seed: int = 0) -> Calibration:
    """The calibration of the answers that probs gives: the most probable class of each row.

    seed  of the labels drawn for `chance_ece`

    Shapes
        probs   (B, N)  B ≥ 1, N ≥ 2
        labels  (B,)

    Raises
        ShapeError  labels is not (B,), or there is no picture.
        RangeError  probs holds no probabilities.
    """
    if probs.ndim != 2 or labels.shape != probs.shape[:1]:
        raise ShapeError(f"calibration: needs probs (B, N) and labels (B,), got {probs.shape} and {labels.shape}")
    stored, probs = probs, probs.astype(np.float64)
    sure, is_right = probs.max(1, initial=0.0), probs.argmax(1) == labels
    error = float(expected_calibration_error(sure, is_right))  # before the means: it raises without pictures
    drawn = perfect_errors(sure, np.random.default_rng(seed))
    return Calibration(
        float(is_right.mean()),
        float(sure.mean()),
        error,
        float(np.quantile(drawn, 0.95)),
        # of the stored float32: what was rounded to 0 counts as its least number, not as the 1e-308 of float64
        float(logit_gap(stored).astype(np.float64).mean()),
        bool((stored < np.finfo(stored.dtype).smallest_normal).any()),
        *reliability(sure, is_right),
        sure - is_right,
    )


def perfect_errors(sure: np.ndarray, rng: np.random.Generator, n: int = N_DRAWS) -> np.ndarray:
    """The ECE of a perfectly calibrated net, on as many pictures: above 0 by chance alone.

    Shapes
        sure     (B,)  confidences
        returns  (n,)  one for each draw of which answers are right
    """
    index, found = bin_of(sure), np.empty(n)
    sums = np.bincount(index, sure, N_BINS)
    for i in range(n):  # one draw at a time: all at once would take n times the memory
        found[i] = np.abs(np.bincount(index, rng.random(len(sure)) < sure, N_BINS) - sums).sum() / len(sure)
    return found


def change(before: Calibration, after: Calibration, *, is_paired: bool) -> tuple[float, float]:
    """How far `excess` moved, and half the width of the 95 % interval that so many pictures leave.

    is_paired  both are of the same pictures in the same order: what the two share then cancels out
    """
    moved = after.excess - before.excess
    if is_paired:
        return moved, _half_width(after.over - before.over)
    return moved, math.hypot(before.chance, after.chance)


def _half_width(values: np.ndarray) -> float:
    """From the sample's spread; at least that of the rule of three (`analysis.noise.chance_of`): n pictures say nothing
    of what happens once in n / 3.
    """
    n = len(values)
    return max(_NORMAL * float(values.std(ddof=1)) / math.sqrt(n), min(1.0, 3 / n)) if n > 1 else math.inf
