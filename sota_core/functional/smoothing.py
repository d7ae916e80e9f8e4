"""Label smoothing: targets, the cross-entropy on soft targets, its gradient, its floor (the lowest loss possible).

Not here: mixing targets (mixup). Losses are per item; the caller takes the mean.
"""

import math

from array_api_compat import device

from sota_core.functional._arrays import (
    Array,
    array_namespace,
    as_array,
    as_float,
    as_indices,
    as_like,
    require_count,
    require_distribution,
    require_number,
    require_shape,
)


def one_hot(labels: Array, n_classes: int) -> Array:
    """Turn each label into a row that is 1 at the label and 0 elsewhere.

    Shapes
        labels   (B,)    whole numbers in [0, n_classes); not modified
        returns  (B, N)  the kind's default float (NumPy float64, torch float32)

    Raises
        ShapeError  labels is not (B,).
        RangeError  some label lies outside [0, n_classes), or n_classes is below 1.
        InputError  labels are not whole numbers.

    Source
        fastbook ch. 7, "Label Smoothing".

    >>> one_hot([1, 0], 3).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    return _smooth("one_hot", labels, n_classes, 0)


def smooth_targets(labels: Array, n_classes: int, eps: float) -> Array:
    """One-hot targets with the share eps spread evenly over all classes.

    1 − ε + ε/N at the label, ε/N elsewhere; the label's own class gets its part of ε too.

    Shapes
        labels   (B,)    whole numbers in [0, n_classes); not modified
        returns  (B, N)  rows sum to 1; the kind's default float

    Raises
        ShapeError  labels is not (B,).
        RangeError  eps lies outside [0, 1], some label outside [0, n_classes), or n_classes is below 1.
        InputError  labels are not whole numbers.

    Source
        arXiv:1512.00567, section 7; fastbook ch. 7, "Label Smoothing".
        N is the model's output width: fastai takes it from the logits, not from the data.

    >>> smooth_targets([2], 5, .1).round(3).tolist()
    [[0.02, 0.02, 0.92, 0.02, 0.02]]
    """
    eps = require_number("smooth_targets", "eps", eps, 0, 1)
    return _smooth("smooth_targets", labels, n_classes, eps)


def log_softmax(logits: Array) -> Array:
    """Logarithm of softmax over the last axis, finite however large the logits.

    z − max z − log Σ exp(z − max z).

    Shapes
        logits   (…, N)  any range; not modified
        returns  (…, N)  each row's exponentials sum to 1

    Raises
        ShapeError  logits has no axis.

    Source
        torch.nn.functional.log_softmax over dim=-1.

    >>> log_softmax([1000., 1000.]).round(3).tolist()
    [-0.693, -0.693]
    """
    logits = as_float("log_softmax", "logits", logits)
    require_shape("log_softmax", "logits", logits, "… N")
    xp = array_namespace(logits)
    shifted = logits - xp.max(logits, axis=-1, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=-1, keepdims=True))


def softmax(logits: Array) -> Array:
    """Probabilities of the classes: exp(z) / Σ exp(z) over the last axis.

    Shapes
        logits   (…, N)  any range; not modified
        returns  (…, N)  in [0, 1], rows sum to 1

    Raises
        ShapeError  logits has no axis.

    Source
        torch.nn.functional.softmax over dim=-1.

    >>> softmax([0., math.log(3)]).round(3).tolist()
    [0.25, 0.75]
    """
    logits = as_float("softmax", "logits", logits)
    require_shape("softmax", "logits", logits, "… N")
    xp = array_namespace(logits)
    odds = xp.exp(logits - xp.max(logits, axis=-1, keepdims=True))
    return odds / xp.sum(odds, axis=-1, keepdims=True)


def log_probs(probs: Array) -> Array:
    """Logarithm of probabilities, finite: one that was rounded to 0 counts as its type's smallest normal number.

    log p equals the logit up to a constant that all classes share.

    Shapes
        probs    (…)  in [0, 1]; not modified
        returns  (…)  of the same type

    Source
        our own.

    >>> log_probs([1., .5, 0.]).round(2).tolist()
    [0.0, -0.69, -708.4]
    """
    probs = as_float("log_probs", "probs", probs)
    xp = array_namespace(probs)
    return xp.log(xp.clip(probs, xp.finfo(probs.dtype).smallest_normal, None))


def soft_cross_entropy(logits: Array, targets: Array) -> Array:
    """Cross-entropy of each prediction against its soft target: −Σ t log softmax(z).

    A class of target 0 adds nothing, even where its logit is −∞.

    Shapes
        logits   (B, N)  any range; not modified
        targets  (B, N)  one-hot, smoothed or mixed: ≥ 0, rows sum to 1
        returns  (B,)    one loss per item, of the logits' kind and type

    Raises
        ShapeError  logits is not (B, N), or targets differs from it.
        RangeError  a target is negative, or a row does not sum to 1.

    Source
        torch's cross_entropy on soft targets, reduction="none". With smooth_targets it equals
        label_smoothing=eps and fastai's LabelSmoothingCrossEntropy, unweighted.

    >>> soft_cross_entropy([[0., 0.]], [[.3, .7]]).round(3).tolist()
    [0.693]
    """
    logits, targets = _logits_and_targets("soft_cross_entropy", logits, targets)
    return _cross_entropy(log_softmax(logits), targets)


def cross_entropy_grad(logits: Array, targets: Array) -> Array:
    """Gradient of each item's cross-entropy by its logits: softmax(z) − t.

    Zero exactly where the prediction equals the target; each row sums to 0.

    Shapes
        logits   (B, N)  any range; not modified
        targets  (B, N)  ≥ 0, rows sum to 1
        returns  (B, N)  per item; divide by B for the gradient of the mean

    Raises
        ShapeError  logits is not (B, N), or targets differs from it.
        RangeError  a target is negative, or a row does not sum to 1.

    Source
        the derivative of soft_cross_entropy; torch's autograd gives the same.

    >>> cross_entropy_grad([[0., 0.]], [[0., 1.]]).tolist()
    [[0.5, -0.5]]
    """
    logits, targets = _logits_and_targets("cross_entropy_grad", logits, targets)
    return softmax(logits) - targets


def loss_floor(targets: Array) -> Array:
    """The least loss any prediction can reach: the entropy −Σ t log t of each target, 0 log 0 = 0.

    Zero for one-hot targets; .500 for ε = .1 and 10 classes, 1.015 for 1,000.

    Shapes
        targets  (B, N)  ≥ 0, rows sum to 1; not modified
        returns  (B,)

    Raises
        ShapeError  targets is not (B, N).
        RangeError  a target is negative, or a row does not sum to 1.

    Source
        Gibbs' inequality: cross-entropy is at least entropy, with equality at softmax(z) = t.

    >>> loss_floor(smooth_targets([0], 10, .1)).round(3).tolist()
    [0.5]
    """
    targets = as_float("loss_floor", "targets", targets)
    require_shape("loss_floor", "targets", targets, "B N", hint=_one_hot_hint("targets", targets))
    require_distribution("loss_floor", targets)
    xp = array_namespace(targets)
    return _cross_entropy(xp.log(xp.where(targets > 0, targets, xp.ones_like(targets))), targets)


def optimal_logit_gap(n_classes: int, eps: float) -> float:
    """How far the right class's logit should stand above every other: the gap at which the loss is lowest.

    It is ln((1 − ε + ε/N) / (ε/N)), the log of the ratio of the two targets. For ε > 0 it is finite, and a larger gap
    raises the loss again; for ε = 0 it is infinite.

    Shapes
        returns  ()  a Python float ≥ 0

    Raises
        RangeError  n_classes is below 2, or eps lies outside [0, 1].

    Source
        set softmax(z) = target; arXiv:1512.00567, section 7, argues with the unbounded gap.

    >>> round(optimal_logit_gap(10, .1), 2)
    4.51
    """
    n_classes = require_count("optimal_logit_gap", "n_classes", n_classes, 2)
    eps = require_number("optimal_logit_gap", "eps", eps, 0, 1)
    off = eps / n_classes
    return math.log((1 - eps + off) / off) if off > 0 else math.inf


def _smooth(function: str, labels: Array, n_classes: int, eps: float) -> Array:
    n_classes = require_count(function, "n_classes", n_classes, 1)
    labels = as_array(function, "labels", labels)
    labels = as_indices(function, "labels", labels, labels, "B", n_classes, below_name="n_classes")
    xp = array_namespace(labels)
    is_label = labels[:, None] == xp.arange(n_classes, device=device(labels))[None, :]  # (B, N)
    return (1 - eps) * as_float(function, "labels", is_label) + eps / n_classes


def _cross_entropy(log_probs: Array, targets: Array) -> Array:
    xp = array_namespace(targets)
    log_probs = xp.where(targets > 0, log_probs, xp.zeros_like(log_probs))
    return 0 - xp.sum(targets * log_probs, axis=-1)  # 0 - x, not -x: a loss of zero is then 0, not -0


def _logits_and_targets(function: str, logits: Array, targets: Array) -> tuple[Array, Array]:
    logits, targets = as_float(function, "logits", logits), as_array(function, "targets", targets)
    require_shape(function, "logits", logits, "B N")
    batch, n_classes = (int(n) for n in logits.shape)
    hint = _one_hot_hint("targets", targets)
    require_shape(function, "targets", targets, "B N", hint=hint, B=batch, N=n_classes)
    targets = as_like(function, "targets", targets, logits, logits.dtype)
    require_distribution(function, targets)
    return logits, targets


def _one_hot_hint(name: str, targets: Array) -> str | None:
    return f"one_hot({name}, n_classes)" if targets.ndim == 1 else None
