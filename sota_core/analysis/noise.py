"""Noise and chance: how far counting pictures, or another seed, moves an accuracy; and smoothing for a noisy curve."""

import math
import statistics
from collections.abc import Iterable, Sequence

import numpy as np

from sota_core.errors import RangeError

# Student's t, 97.5 % quantile, for 1, 2, … degrees of freedom, as in any printed table.
_T = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
_NORMAL = 1.959964  # the normal's 97.5 % quantile


def chance_of(accuracy: float, n: int) -> float:
    """Half the width of the 95 % interval around an accuracy counted on n pictures, from that counting alone.

    By the normal approximation. Where at most two answers are wrong, or at most two right, that would shrink to
    nothing, and the rule of three takes its place: a net that errs once in n / 3 pictures shows no mistake on n
    pictures one time in twenty.

    Source
        Hanley and Lippman-Hand, *If nothing goes wrong, is everything all right?*, JAMA 1983.

    >>> round(chance_of(.5, 1000), 3), chance_of(1., 40)
    (0.031, 0.075)
    """
    n = max(n, 1)
    return max(1.96 * math.sqrt(max(accuracy * (1 - accuracy), 0.0) / n), min(1.0, 3 / n))


def chance_apart(a: float, b: float, n: int, m: int | None = None) -> float:
    """How far apart chance puts two runs of these accuracies: 95 % of such differences are smaller.

    This is the chance in counting pictures alone; another seed adds to it.

    n, m  pictures of each, drawn independently; m is n unless given

    >>> round(chance_apart(.5, .5, 1000), 3)
    0.044
    """
    return math.hypot(chance_of(a, n), chance_of(b, n if m is None else m))


def are_few(pictures: int) -> bool:
    """Is a lead of this many right answers to the same pictures too small to be told from chance, in every case?

    In the clearest case, n pictures went from wrong to right and none back. If each went either way by chance, all n
    would go the same way in 2 of 2ⁿ cases: more than 5 % up to n = 5. If some went back too, chance is likelier still.

    >>> are_few(5), are_few(6)
    (True, False)
    """
    return 2 * 0.5**pictures > 0.05


def pooled_sd(samples: Iterable[Sequence[float]]) -> tuple[float, int] | None:
    """The standard deviation within the samples, pooled, and its degrees of freedom; None where no sample has two.

    >>> sd, df = pooled_sd([[1., 3.], [5., 7.], [9.]])
    >>> round(sd, 4), df
    (1.4142, 2)
    """
    some = [s for s in samples if len(s) > 1]
    freedom = sum(len(s) - 1 for s in some)
    if not freedom:
        return None
    return math.sqrt(math.fsum((len(s) - 1) * statistics.variance(s) for s in some) / freedom), freedom


def student_t(freedom: int) -> float:
    """Student's t for a 95 % interval: the 97.5 % quantile. Beyond the table the first terms of its series.

    Source
        Abramowitz and Stegun, 26.7.5.

    >>> student_t(5), student_t(31), student_t(1000)
    (2.571, 2.039, 1.962)
    """
    if 1 <= freedom <= len(_T):
        return _T[freedom - 1]
    z = _NORMAL
    return round(z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2), 3)


def moving_average(values: Sequence[float] | np.ndarray, weight: float) -> np.ndarray:
    """Each value averaged with those before it, whose share is multiplied by `weight` with every step back.

    m = weight · m + (1 − weight) · value, divided by 1 − weightⁿ at the nth value: without the division the first
    values would be drawn to the zero that m begins with.

    Shapes
        values   (n,)  float; not modified
        returns  (n,)  float64; the values themselves for weight 0

    Raises
        RangeError  weight is not in [0, 1).

    Source
        TensorBoard's scalar charts; fastai's AvgSmoothLoss is the same with weight .98.

    >>> moving_average([1.0, 3.0], 0.5).round(3).tolist()
    [1.0, 2.333]
    """
    if not 0 <= weight < 1:
        raise RangeError(f"moving_average: weight must lie in [0, 1), got {weight:g}; 1 would forget every new value")
    mean, found = 0.0, np.empty(len(values))
    for i, value in enumerate(values):
        mean = weight * mean + (1 - weight) * float(value)
        found[i] = mean / (1 - weight ** (i + 1))
    return found
