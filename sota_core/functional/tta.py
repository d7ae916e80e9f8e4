"""Test-time augmentation: views of a picture, their weights, their combined prediction, what it changed.

Not here: predicting each view (train, inference). Predictions are stored, so they can be combined anew without a net.
"""

import numpy as np

from sota_core.errors import RangeError, ShapeError
from sota_core.functional._arrays import (
    Array,
    array_namespace,
    as_array,
    as_float,
    as_indices,
    as_like,
    require_count,
    require_number,
    require_shape,
)
from sota_core.functional.boxes import corner_boxes
from sota_core.functional.smoothing import log_probs, softmax


def combine(plain: Array, augmented: Array, beta: float = 0.25, use_max: bool = False) -> Array:
    """Combine the plain prediction with those of V augmented views.

    (1 − beta) · mean(augmented) + beta · plain; with use_max the element-wise maximum of all of them,
    plain included: then beta is ignored and rows no longer sum to 1.

    Shapes
        plain      (B, N)     probabilities; not modified
        augmented  (V, B, N)  probabilities of the same pictures, V ≥ 1; not modified
        returns    (B, N)

    Raises
        ShapeError  augmented is not (V, B, N) for plain's B and N, or V = 0.
        RangeError  beta lies outside [0, 1].

    Source
        fastai's Learner.tta, which averages probabilities, not logits, and fails for n = 0;
        its beta=None (return both parts uncombined) is refused here.

    >>> combine([[1., 0.]], [[[0., 1.]], [[.5, .5]]]).tolist()
    [[0.4375, 0.5625]]
    """
    plain, augmented = _views("combine", plain, augmented)
    xp = array_namespace(plain)
    if use_max:
        return xp.maximum(plain, xp.max(augmented, axis=0))
    beta = require_number("combine", "beta", beta, 0, 1)
    return (1 - beta) * xp.mean(augmented, axis=0) + beta * plain


def combine_logits(plain: Array, augmented: Array, beta: float = 0.25) -> Array:
    """Combine logits, not probabilities: the softmax of (1 − beta) · mean(log augmented) + beta · log plain.

    log p equals the logit up to a constant that all classes share, and the softmax cancels it: so this is a mean of
    logits. Here one view that finds a class impossible can rule it out; a mean of probabilities hardly notices.

    Shapes
        plain      (B, N)     probabilities; not modified
        augmented  (V, B, N)  probabilities of the same pictures, V ≥ 1; not modified
        returns    (B, N)     rows sum to 1

    Raises
        as combine

    Source
        the logarithmic opinion pool; fastai's Learner.tta cannot do it: it returns probabilities already averaged.

    >>> combine_logits([[.8, .2]], [[[.2, .8]]], beta=.5).round(3).tolist()
    [[0.5, 0.5]]
    """
    plain, augmented = _views("combine_logits", plain, augmented)
    xp = array_namespace(plain)
    beta = require_number("combine_logits", "beta", beta, 0, 1)
    return softmax((1 - beta) * xp.mean(log_probs(augmented), axis=0) + beta * log_probs(plain))


def view_weights(n: int, beta: float = 0.25) -> Array:
    """The weight of each view in the combined prediction: beta for plain, (1 − beta) / n for each other.

    Four augmented views at the default: .25 and 4 × .1875. Equal weights, a fifth each, need beta = 1 / (n + 1).

    Shapes
        returns  (n+1,)  NumPy float64, plain first; sums to 1

    Raises
        RangeError  n is below 1, or beta lies outside [0, 1].

    Source
        fastai's Learner.tta; the prose of fastbook ch. 7 speaks of an average.

    >>> view_weights(4, .25).tolist()
    [0.25, 0.1875, 0.1875, 0.1875, 0.1875]
    """
    n = require_count("view_weights", "n", n, 1)
    beta = require_number("view_weights", "beta", beta, 0, 1)
    return np.asarray([beta] + [(1 - beta) / n] * n)


def corner_crops(image: Array, size: int) -> Array:
    """Cut five squares: centre, top left, top right, bottom left, bottom right.

    Shapes
        image    (C, H, W) or (B, C, H, W)  channels first, any type; not modified
        size     px                         at most the shorter side
        returns  (5, C, size, size)         or (5, B, C, size, size); a new array

    Raises
        ShapeError  image has fewer than three axes.
        RangeError  size is larger than the picture, or below 1.

    Source
        fastbook ch. 7, "Test Time Augmentation"; where they lie: boxes.corner_boxes.

    >>> corner_crops(np.arange(9).reshape(1, 3, 3), 1).ravel().tolist()
    [4, 0, 2, 6, 8]
    """
    image = as_array("corner_crops", "image", image)
    require_shape("corner_crops", "image", image, "… C H W")
    size = require_count("corner_crops", "size", size, 1)
    height, width = (int(n) for n in image.shape[-2:])
    if size > min(height, width):
        is_last = width in (1, 3, 4)
        cause = "did you mean channels first, (C, H, W)?" if is_last else "enlarge the picture first"
        raise RangeError(
            f"corner_crops: size must be at most the shorter side, {min(height, width)}, got {size}; {cause}"
        )
    crops = [image[..., b.y1 : b.y2, b.x1 : b.x2] for b in corner_boxes(height, width, size)]
    return array_namespace(image).stack(crops)


def accuracy(probs: Array, labels: Array) -> float:
    """The share of rows whose largest probability is at the label.

    Shapes
        probs    (B, N)  probabilities or logits
        labels   (B,)    whole numbers in [0, N)
        returns  ()      a Python float in [0, 1]

    Raises
        ShapeError  probs is not (B, N) or has no row, labels is not (B,).
        RangeError  some label lies outside [0, N).

    Source
        fastai's accuracy; of equal largest values the first counts.

    >>> accuracy([[.9, .1], [.6, .4]], [0, 1])
    0.5
    """
    is_right = _is_right("accuracy", "probs", probs, labels)
    if is_right.shape[0] == 0:
        raise ShapeError("accuracy: probs must hold at least one row, got B = 0")
    xp = array_namespace(is_right)
    return int(xp.sum(xp.astype(is_right, xp.int64))) / int(is_right.shape[0])


def rescued_and_broken(plain: Array, combined: Array, labels: Array) -> tuple[Array, Array]:
    """Which pictures only the combined prediction gets right (rescued), and which only the plain one (broken).

    accuracy(combined) − accuracy(plain) = (rescued − broken) / B: the difference alone hides both numbers.

    Shapes
        plain, combined  (B, N)        predictions of the same pictures
        labels           (B,)          whole numbers in [0, N)
        returns          (R,), (K,)    indices into the batch, rising; int64, of plain's kind

    Raises
        ShapeError  combined differs from plain, labels is not (B,).
        RangeError  some label lies outside [0, N).

    Source
        our own; TTA can lower accuracy, so both lists are shown.

    >>> rescued, broken = rescued_and_broken([[.6, .4], [.6, .4]], [[.4, .6], [.4, .6]], [1, 0])
    >>> rescued.tolist(), broken.tolist()
    ([0], [1])
    """
    plain = as_float("rescued_and_broken", "plain", plain)
    combined = as_array("rescued_and_broken", "combined", combined)
    require_shape("rescued_and_broken", "plain", plain, "B N")
    batch, n_classes = (int(n) for n in plain.shape)
    require_shape("rescued_and_broken", "combined", combined, "B N", B=batch, N=n_classes)
    combined = as_like("rescued_and_broken", "combined", combined, plain, plain.dtype)
    was_right = _is_right("rescued_and_broken", "plain", plain, labels)
    is_right = _is_right("rescued_and_broken", "combined", combined, labels)
    xp = array_namespace(plain)
    return xp.nonzero(is_right & ~was_right)[0], xp.nonzero(was_right & ~is_right)[0]


def _views(function: str, plain: Array, augmented: Array) -> tuple[Array, Array]:
    """The two inputs, checked: (B, N) and (V, B, N), of one kind and type."""
    plain = as_float(function, "plain", plain)
    augmented = as_array(function, "augmented", augmented)
    require_shape(function, "plain", plain, "B N")
    batch, n_classes = (int(n) for n in plain.shape)
    require_shape(function, "augmented", augmented, "V B N", B=batch, N=n_classes)
    if augmented.shape[0] == 0:
        raise ShapeError(
            f"{function}: augmented must hold at least one view (V ≥ 1), got (0, {batch}, {n_classes}); "
            "with no view, use plain as it is"
        )
    return plain, as_like(function, "augmented", augmented, plain, plain.dtype)


def _is_right(function: str, name: str, probs: Array, labels: Array) -> Array:
    probs = as_float(function, name, probs)
    require_shape(function, name, probs, "B N")
    batch, n_classes = (int(n) for n in probs.shape)
    labels = as_indices(function, "labels", labels, probs, "B", n_classes, below_name="N", B=batch)
    return array_namespace(probs).argmax(probs, axis=-1) == labels
