"""A noisy curve made legible: the exponential moving average with bias correction."""

from collections.abc import Sequence

import numpy as np

from sota_core.errors import RangeError


def moving_average(values: Sequence[float] | np.ndarray, weight: float) -> np.ndarray:
    """Each value with those before it, which count `weight` times less with every step back.

    m = weight · m + (1 − weight) · value, over 1 − weightⁿ: without the division the first values would be drawn
    to the zero that m begins with.

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
