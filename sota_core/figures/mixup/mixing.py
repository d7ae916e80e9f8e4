"""Mixup on real pictures: one blend, one pixel of it, and a whole batch with targets and losses. Pictures are uint8.

Every number comes from functional; here it is only put together for the screen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sota_core.functional.mixup import (
    fold_lam,
    mix_images,
    mix_losses,
    mix_targets,
    sample_lam,
    sample_partner,
)
from sota_core.functional.smoothing import one_hot, soft_cross_entropy

TOLERANCE = 1e-12  # of float64: the two ways to the loss round differently in the last digits
Pixel = tuple[float, float, float]  # R, G, B, from 0 to 255


@dataclass(frozen=True, slots=True)
class Item:
    """One picture of a mixed batch.

    label, partner_label   classes; `partner` is the partner's place in the batch
    lam                    weight of the own picture and label
    own, partners          loss of one prediction against the own and against the partner's label
    mixed, soft            the same loss two ways: λ·own + (1 − λ)·partners, and against the mixed target
    """

    picture: np.ndarray
    label: int
    partner: int
    partner_label: int
    lam: float
    target: np.ndarray
    own: float
    partners: float
    mixed: float
    soft: float

    @property
    def agrees(self) -> bool:
        return abs(self.mixed - self.soft) <= TOLERANCE


def blended(a: np.ndarray, b: np.ndarray, lam: float) -> np.ndarray:
    """λ·a + (1 − λ)·b as a picture, rounded to nearest: the same as the browser paints.

    Shapes
        a, b     (H, W, 3)  uint8
        returns  (H, W, 3)  uint8
    """
    both = np.stack([a, b]).astype(np.float64)
    return np.rint(mix_images(both, lam, np.array([1, 0]))[0]).astype(np.uint8)


def middle(picture: np.ndarray) -> Pixel:
    """The pixel in the middle.

    Shapes
        picture  (H, W, 3)  uint8
    """
    height, width = picture.shape[:2]
    red, green, blue = (float(value) for value in picture[height // 2, width // 2])
    return red, green, blue


def mixed_pixel(a: Pixel, b: Pixel, lam: float) -> Pixel:
    """The same pixel of the mix of two pictures; not rounded."""
    red, green, blue = (float(value) for value in mix_images(np.array([a, b]), lam, np.array([1, 0]))[0])
    return red, green, blue


def made_up_logits(labels: np.ndarray, n_classes: int, rng: np.random.Generator) -> np.ndarray:
    """Made-up predictions: random, leaning to the right class, so that losses look like a net's early in training.

    Shapes
        returns  (B, N)
    """
    return rng.normal(0, 1, (len(labels), n_classes)) + 2 * one_hot(labels, n_classes)


def mixed_batch(
    pictures: Sequence[np.ndarray],
    labels: np.ndarray,
    n_classes: int,
    alpha: float,
    seed: int,
    ask: Callable[[np.ndarray], np.ndarray] | None = None,
) -> tuple[Item, ...]:
    """The batch as fastai's MixUp mixes it: a folded λ for each picture, partners by one shuffle of the batch.

    `ask` is the net: mixed pictures (B, H, W, 3) uint8 → logits (B, N). Without one the logits are made up.

    Shapes
        pictures  B × (H, W, 3)  uint8, all of one size
        labels    (B,)
    """
    rng = np.random.default_rng(seed)
    n = len(pictures)
    lam, partner = fold_lam(sample_lam(alpha, n, rng)), sample_partner(n, rng)
    targets = one_hot(labels, n_classes)
    mixed_targets = mix_targets(targets, lam, partner)
    mixed = np.rint(mix_images(np.stack(pictures).astype(np.float64), lam, partner)).astype(np.uint8)
    logits = ask(mixed).astype(np.float64) if ask else made_up_logits(labels, n_classes, rng)
    own, partners = soft_cross_entropy(logits, targets), soft_cross_entropy(logits, targets[partner])
    both, soft = mix_losses(own, partners, lam), soft_cross_entropy(logits, mixed_targets)
    return tuple(
        Item(
            picture=mixed[i],
            label=int(labels[i]),
            partner=int(partner[i]),
            partner_label=int(labels[partner[i]]),
            lam=float(lam[i]),
            target=mixed_targets[i],
            own=float(own[i]),
            partners=float(partners[i]),
            mixed=float(both[i]),
            soft=float(soft[i]),
        )
        for i in range(n)
    )


def mean_losses(items: Sequence[Item]) -> tuple[float, float]:
    """The batch's loss both ways: by weighted losses, and against the mixed targets."""
    return float(np.mean([item.mixed for item in items])), float(np.mean([item.soft for item in items]))
