"""Calibration: is a net right as often as its confidence says? Bins of confidence, calibration error, logit gap.

Confidence is the probability of the class that the net answers. Not here: how uncertain these numbers are where
pictures are few.
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
from sota_core.functional.smoothing import log_probs

N_BINS = 15  # as in Guo et al.'s tables


def bin_of(confidence: Array, n_bins: int = N_BINS) -> Array:
    """Which of n_bins equally wide bins each confidence falls into: bin m holds (m / n_bins, (m + 1) / n_bins].

    0 itself falls into the first bin.

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
    """Per bin of confidence: number of pictures, their mean confidence and accuracy, both 0 in an empty bin.

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
    """ECE: the mean of |accuracy − mean confidence| over the bins, weighted by each bin's share of the pictures.

    0 if accuracy equals mean confidence in every bin. With few pictures, chance alone puts it above 0, even for a
    perfectly calibrated net.

    Shapes
        confidence  (B,)  in [0, 1], B ≥ 1; not modified
        is_right    (B,)  bool, or 0 and 1
        returns     ()    in [0, 1]

    Raises
        as reliability; also ShapeError if there is no picture

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

    log p equals the logit up to a constant that all classes share; the constant cancels in the difference, so stored
    probabilities are enough. A probability that was rounded to 0 is replaced by the smallest normal number; the true
    gap is then at least the one returned.

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
    logs = log_probs(probs)
    top = xp.max(logs, axis=-1)
    return top - (xp.sum(logs, axis=-1) - top) / (int(probs.shape[1]) - 1)


def _confidence(function: str, confidence: Array) -> Array:
    confidence = as_float(function, "confidence", confidence)
    require_shape(function, "confidence", confidence, "B", hint="probs.max(-1)" if confidence.ndim == 2 else None)
    require_range(function, "confidence", confidence, 0, 1 + 1e-5, text="[0, 1]")  # rounding in float32 may end above 1
    return confidence
