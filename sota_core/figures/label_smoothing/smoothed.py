"""Label smoothing of one item: target, prediction, loss and gradient; with mixup; as a view of wrong labels.

Numbers come from functional; here they are only put together. The modules views, mixed and noise show them.
"""

from dataclasses import dataclass

import numpy as np

from sota_core.functional.mixup import mix_targets
from sota_core.functional.smoothing import (
    cross_entropy_grad,
    log_softmax,
    loss_floor,
    one_hot,
    optimal_logit_gap,
    smooth_targets,
    soft_cross_entropy,
    softmax,
)


@dataclass(frozen=True, slots=True)
class Smoothed:
    """One label, smoothed, against a prediction whose right logit stands at `logit` and all others at 0."""

    n_classes: int
    label: int
    eps: float
    logit: float
    one_hot: np.ndarray
    target: np.ndarray
    probs: np.ndarray
    grad: np.ndarray
    loss: float
    plain_loss: float
    floor: float
    best_logit: float

    @property
    def on(self) -> float:
        """The target of the labelled class."""
        return float(self.target[self.label])

    @property
    def off(self) -> float:
        """The target of each other class."""
        return _other(self.target, self.label)

    @property
    def other_grad(self) -> float:
        """The gradient by each other class's logit."""
        return _other(self.grad, self.label)

    @property
    def surprise(self) -> tuple[float, float]:
        """−log softmax of the labelled class, and of each other class."""
        bits = -log_softmax(self.logit * self.one_hot)
        return float(bits[self.label]), _other(bits, self.label)


def smoothed(n_classes: int, label: int, eps: float, logit: float) -> Smoothed:
    """
    Shapes
        one_hot, target, probs, grad of the result  (N,)
    """
    labels = np.array([label])
    hard, target = one_hot(labels, n_classes), smooth_targets(labels, n_classes, eps)
    logits = logit * hard
    return Smoothed(
        n_classes=n_classes,
        label=label,
        eps=eps,
        logit=logit,
        one_hot=hard[0],
        target=target[0],
        probs=softmax(logits)[0],
        grad=cross_entropy_grad(logits, target)[0],
        loss=float(soft_cross_entropy(logits, target)[0]),
        plain_loss=float(soft_cross_entropy(logits, hard)[0]),
        floor=float(loss_floor(target)[0]),
        best_logit=optimal_logit_gap(n_classes, eps),
    )


def both(n_classes: int, labels: tuple[int, int], lam: float, eps: float) -> np.ndarray:
    """The target of a picture that is mixed and smoothed: λ·own + (1 − λ)·partner, each smoothed.

    Shapes
        returns  (N,)
    """
    return mix_targets(smooth_targets(np.array(labels), n_classes, eps), lam, np.array([1, 0]))[0]


def order_does_not_matter(n_classes: int, labels: tuple[int, int], lam: float, eps: float) -> bool:
    """Does smoothing a mixed target give the same as mixing smoothed targets? To the last digits of float64."""
    mixed = mix_targets(one_hot(np.array(labels), n_classes), lam, np.array([1, 0]))[0]
    return bool(np.allclose((1 - eps) * mixed + eps / n_classes, both(n_classes, labels, lam, eps), atol=1e-12, rtol=0))


def noise_as_smoothing(share: float, n_classes: int) -> float:
    """The ε whose target says how likely each class is, when this share of the labels is wrong and evenly so.

    A label is then right with 1 − share, each other class with share / (N − 1): ε = share · N / (N − 1).

    >>> round(noise_as_smoothing(.09, 10), 6)
    0.1
    """
    return min(1.0, share * n_classes / (n_classes - 1))


def _other(values: np.ndarray, label: int) -> float:
    return float(values[(label + 1) % len(values)])
