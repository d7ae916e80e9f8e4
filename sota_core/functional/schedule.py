"""One-cycle training: learning rate and momentum at every step of a run, as fastai's fit_one_cycle sets them."""

import math

import numpy as np

from sota_core.functional._arrays import require_count, require_number

DIV, DIV_FINAL, PCT_START = 25.0, 1e5, 0.25  # fit_one_cycle's defaults
MOMS = (0.95, 0.85, 0.95)  # Learner's


def one_cycle(
    n_steps: int, lr_max: float, *, div: float = DIV, div_final: float = DIV_FINAL, pct_start: float = PCT_START
) -> tuple[np.ndarray, np.ndarray]:
    """Learning rate and momentum of each step: half a cosine up to the peak, another one down to nearly nothing.

    Momentum goes the other way: high where the rate is low. Step k of n (from 0) is k / n of the way through, so the
    last step does not quite reach the end.

    Shapes
        returns  (n_steps,) and (n_steps,)  float64

    Raises
        RangeError  n_steps is below 1; lr_max, div or div_final is not positive; pct_start is not inside (0, 1).

    Source
        L. Smith, arXiv:1803.09820; the form is fastai 2.8's, callback/schedule.py.

    >>> rates, momenta = one_cycle(4, 0.1)
    >>> rates.round(4).tolist(), momenta.round(3).tolist()
    ([0.004, 0.1, 0.075, 0.025], [0.95, 0.85, 0.875, 0.925])
    """
    n_steps = require_count("one_cycle", "n_steps", n_steps, 1)
    lr_max = require_number("one_cycle", "lr_max", lr_max, 0, math.inf, is_open=True)
    div = require_number("one_cycle", "div", div, 0, math.inf, is_open=True)
    div_final = require_number("one_cycle", "div_final", div_final, 0, math.inf, is_open=True)
    pct_start = require_number("one_cycle", "pct_start", pct_start, 0, 1, is_open=True)
    at = np.arange(n_steps) / n_steps
    return _up_and_down(at, pct_start, (lr_max / div, lr_max, lr_max / div_final)), _up_and_down(at, pct_start, MOMS)


def _up_and_down(at: np.ndarray, pct_start: float, values: tuple[float, float, float]) -> np.ndarray:
    first, middle, last = values
    up = first + (1 - np.cos(np.pi * at / pct_start)) * (middle - first) / 2
    down = middle + (1 - np.cos(np.pi * (at - pct_start) / (1 - pct_start))) * (last - middle) / 2
    return np.where(at < pct_start, up, down)
