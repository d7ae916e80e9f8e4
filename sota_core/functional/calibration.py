"""Calibration: is a net as often right as it is sure? Bins of confidence, their error, how far the logits stand apart.

Confidence is the probability of the class that is answered. Not here: what counting so few pictures leaves to chance.
"""

from sota_core.errors import ShapeError
from sota_core.functional._arrays import (
    Array,
    array_namespace,
    as_array,
    as_float,
    as_like,
    require_count,
    require_range,
    require_shape,
)

N_BINS = 15  # as in Guo et al.'s tables


def bin_of(confidence: Array, n_bins: int = N_BINS) -> Array:
    """Which of n_bins equally wide bins each confidence falls into: bin m holds (m / n_bins, (m + 1) / n_bins].

    0 itself is in the first one.

    Shapes
        confidence  (B,)  in [0, 1]; not modified
        returns     (B,)  int64 in [0, n_bins)

    Raises
        ShapeError  confidence is not (B,).
        RangeError  some confidence lies outside [0, 1], or n_bins is below 1.

    Source
        arXiv:1706.04599, section 2.

    >>> bin_of([0., .25, .26, 1.], 4).tolist()
    [0, 0, 1, 3]
    """
    confidence = _confidence("bin_of", confidence)
    n_bins = require_count("bin_of", "n_bins", n_bins, 1)
    xp = array_namespace(confidence)
    edges = as_like("bin_of", "edges", [m / n_bins for m in range(1, n_bins)], confidence, confidence.dtype)
    return xp.sum(xp.astype(confidence[:, None] > edges[None, :], xp.int64), axis=-1)


def reliability(confidence: Array, is_right: Array, n_bins: int = N_BINS) -> tuple[Array, Array, Array]:
    """Per bin of confidence: how many pictures, their mean confidence, their accuracy. The last two are 0 where none.

    Shapes
        confidence  (B,)       in [0, 1]; not modified
        is_right    (B,)       bool, or 0 and 1
        returns     3 × (M,)   counts int64, mean confidence and accuracy of the confidence's type; M = n_bins

    Raises
        ShapeError  confidence is not (B,), or is_right differs from it.
        RangeError  some confidence or is_right lies outside [0, 1], or n_bins is below 1.

    Source
        arXiv:1706.04599, section 2, "Reliability Diagrams".

    >>> [x.round(3).tolist() for x in reliability([.6, .8, 1.], [0, 1, 1], 2)]
    [[0, 3], [0.0, 0.8], [0.0, 0.667]]
    """
    confidence = _confidence("reliability", confidence)
    is_right = as_array("reliability", "is_right", is_right)
    require_shape("reliability", "is_right", is_right, "B", B=int(confidence.shape[0]))
    is_right = as_like("reliability", "is_right", is_right, confidence, confidence.dtype)
    require_range("reliability", "is_right", is_right, 0, 1)
    xp = array_namespace(confidence)
    bins = as_like("reliability", "bins", list(range(n_bins)), confidence, xp.int64)
    is_in = bin_of(confidence, n_bins)[:, None] == bins[None, :]  # (B, M)
    counts = xp.sum(xp.astype(is_in, xp.int64), axis=0)
    least = xp.astype(xp.where(counts > 0, counts, xp.ones_like(counts)), confidence.dtype)
    each = xp.astype(is_in, confidence.dtype)
    return (
        counts,
        xp.sum(each * confidence[:, None], axis=0) / least,
        xp.sum(each * is_right[:, None], axis=0) / least,
    )


def expected_calibration_error(confidence: Array, is_right: Array, n_bins: int = N_BINS) -> Array:
    """ECE: |accuracy − mean confidence| of each bin, weighted by the share of pictures in it.

    0 for a net that is right exactly as often as it is sure. Of few pictures it is above 0 even then, by counting.

    Shapes
        confidence  (B,)  in [0, 1], B ≥ 1; not modified
        is_right    (B,)  bool, or 0 and 1
        returns     ()    in [0, 1]

    Raises
        as reliability; ShapeError too where there is no picture

    Source
        arXiv:1706.04599, section 2, "Expected Calibration Error".

    >>> expected_calibration_error([.6, .8, 1.], [0, 1, 1], 2).round(3).tolist()
    0.133
    """
    confidence = _confidence("expected_calibration_error", confidence)
    if confidence.shape[0] == 0:
        raise ShapeError("expected_calibration_error: confidence must be of at least one picture, got B = 0")
    counts, sure, right = reliability(confidence, is_right, n_bins)
    xp = array_namespace(confidence)
    share = xp.astype(counts, sure.dtype) / int(confidence.shape[0])
    return xp.sum(share * xp.abs(right - sure))


def logit_gap(probs: Array) -> Array:
    """How far the answered class's logit stands above the mean of the others: log p_max − mean of the other log p.

    log p is a logit but for a number that all classes share, which the difference takes out again; so stored
    probabilities give it. Where one has been rounded to 0, the smallest normal number stands for it: the gap is then
    at least so large.

    Shapes
        probs    (B, N)  probabilities, N ≥ 2; not modified
        returns  (B,)    ≥ 0

    Raises
        ShapeError  probs is not (B, N), or N is below 2.
        RangeError  some probability lies outside [0, 1].

    Source
        smoothing.optimal_logit_gap says what it is for a net that meets its smoothed target.

    >>> logit_gap([[.91, .03, .03, .03]]).round(3).tolist()
    [3.412]
    """
    probs = as_float("logit_gap", "probs", probs)
    require_shape("logit_gap", "probs", probs, "B N")
    if probs.shape[1] < 2:
        raise ShapeError(f"logit_gap: probs must be of at least two classes, got {tuple(probs.shape)}")
    xp = array_namespace(probs)
    require_range("logit_gap", "probs", probs, 0, 1 + 1e-5, text="[0, 1]", hint="did you give logits?")
    logs = xp.log(xp.clip(probs, xp.finfo(probs.dtype).smallest_normal, None))
    top = xp.max(logs, axis=-1)
    return top - (xp.sum(logs, axis=-1) - top) / (int(probs.shape[1]) - 1)


def _confidence(function: str, confidence: Array) -> Array:
    confidence = as_float(function, "confidence", confidence)
    require_shape(function, "confidence", confidence, "B", hint="probs.max(-1)" if confidence.ndim == 2 else None)
    require_range(function, "confidence", confidence, 0, 1 + 1e-5, text="[0, 1]")  # a sum of float32 may pass 1
    return confidence
