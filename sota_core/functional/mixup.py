"""Mixup: draw λ from Beta(α, α), fold it, draw partners, mix pictures, targets and losses.

Not here: cutting boxes instead of blending (cutmix), the loss on soft targets (smoothing).
"""

from typing import Any

import numpy as np

from sota_core.functional._arrays import (
    Array,
    array_namespace,
    as_array,
    as_float,
    as_like,
    as_partner,
    float_dtype,
    require_count,
    require_number,
    require_range,
    require_rng,
    require_shape,
)

_PERCENT = "λ is a fraction, the weight of the first image"


def sample_lam(alpha: float, n: int, rng: np.random.Generator) -> Array:
    """Draw one λ per picture from Beta(alpha, alpha), not folded.

    Small alpha: nearly all λ close to 0 or 1. alpha = 1: uniform. Large alpha: all near ½.
    alpha = 0 is refused: it would mean "no mixup", which is not mixing at all.

    Shapes
        returns  (n,)  NumPy float64 in [0, 1]

    Raises
        RangeError  alpha is not positive and finite, or n is negative.

    Source
        arXiv:1710.09412, section 2. fastai's MixUp draws per picture too and then folds: see fold_lam.

    >>> sample_lam(.4, 3, np.random.default_rng(0)).shape
    (3,)
    """
    alpha = _require_alpha("sample_lam", alpha)
    n = require_count("sample_lam", "n", n, 0)
    require_rng("sample_lam", rng)
    return rng.beta(alpha, alpha, n)


def sample_partner(n: int, rng: np.random.Generator) -> Array:
    """Draw each picture's partner: a permutation of the batch, in which a picture may meet itself.

    Shapes
        returns  (n,)  NumPy int64, a permutation of 0 … n-1

    Raises
        RangeError  n is negative.

    Source
        fastai's MixUp: torch.randperm within the batch.

    >>> sorted(sample_partner(4, np.random.default_rng(0)).tolist())
    [0, 1, 2, 3]
    """
    n = require_count("sample_partner", "n", n, 0)
    require_rng("sample_partner", rng)
    return rng.permutation(n)


def fold_lam(lam: Array) -> Array:
    """Fold λ to max(λ, 1 − λ), so that the first picture always outweighs its partner.

    Shapes
        lam      any shape  fractions in [0, 1]; not modified
        returns  the same   in [½, 1]

    Raises
        RangeError  some λ lies outside [0, 1].

    Source
        fastai's MixUp.before_batch; the paper does not fold.

    >>> fold_lam(np.array([.25, .5, 1.])).tolist()
    [0.75, 0.5, 1.0]
    """
    lam = as_float("fold_lam", "lam", lam)
    require_range("fold_lam", "lam", lam, 0, 1, hint=_PERCENT)
    return array_namespace(lam).maximum(lam, 1 - lam)


def mix_images(x: Array, lam: Array, partner: Array) -> Array:
    """Blend each image with another one of the same batch.

    Image i becomes lam[i] * x[i] + (1 - lam[i]) * x[partner[i]]:
    lam = 1 keeps it, lam = 0 replaces it by its partner. A single number serves the whole batch.

    Shapes
        x        (B, C, H, W)  float, any range; any axes may follow B; not modified
        lam      (B,) or ()    fraction in [0, 1]
        partner  (B,)          whole numbers, a permutation of 0 … B-1
        returns  (B, C, H, W)  a new array of x's kind and type

    Raises
        ShapeError  lam or partner is not (B,).
        RangeError  some lam lies outside [0, 1], some partner outside the batch.

    Source
        arXiv:1710.09412, section 2; fastbook ch. 7, "Mixup".
        fastai also folds lam to max(lam, 1 - lam): see fold_lam.

    >>> x = np.array([0., 10.]).reshape(2, 1, 1, 1)
    >>> mix_images(x, np.array([.25, 1.]), np.array([1, 0])).ravel().tolist()
    [7.5, 10.0]
    """
    x = as_float("mix_images", "x", x)
    if x.ndim == 0:
        require_shape("mix_images", "x", x, "B C H W")
    return _mix("mix_images", x, lam, partner)


def mix_targets(targets: Array, lam: Array, partner: Array) -> Array:
    """Blend each target with its partner's, by the same λ as the pictures.

    Row i becomes lam[i] * targets[i] + (1 - lam[i]) * targets[partner[i]], so rows still sum to 1.

    Shapes
        targets  (B, N)      one-hot or smoothed; not modified
        lam      (B,) or ()  fraction in [0, 1]
        partner  (B,)        whole numbers, a permutation of 0 … B-1
        returns  (B, N)      a new array

    Raises
        ShapeError  targets is not (B, N), lam or partner is not (B,).
        RangeError  some lam lies outside [0, 1], some partner outside the batch.

    Source
        arXiv:1710.09412, section 2. fastai keeps the labels and mixes the two losses instead,
        which is the same number: see mix_losses.

    >>> mix_targets(np.eye(2), np.array([.75, 1.]), np.array([1, 0])).tolist()
    [[0.75, 0.25], [0.0, 1.0]]
    """
    targets = as_float("mix_targets", "targets", targets)
    hint = "one_hot(labels, n_classes)" if targets.ndim == 1 else None
    require_shape("mix_targets", "targets", targets, "B N", hint=hint)
    return _mix("mix_targets", targets, lam, partner)


def mix_losses(own: Array, partners: Array, lam: Array) -> Array:
    """The weighted mean of two losses of each picture: against its own label and against its partner's.

    lam * own + (1 - lam) * partners, which equals the cross-entropy against the mixed target.

    Shapes
        own       (B,)        loss of each picture against its own label
        partners  (B,)        loss of the same prediction against its partner's label
        lam       (B,) or ()  fraction in [0, 1]
        returns   (B,)

    Raises
        ShapeError  partners or lam does not fit own.
        RangeError  some lam lies outside [0, 1].

    Source
        fastai's MixHandler.lf, which then takes the mean.

    >>> mix_losses([1., 4.], [3., 0.], [.5, 1.]).tolist()
    [2.0, 4.0]
    """
    own = as_float("mix_losses", "own", own)
    require_shape("mix_losses", "own", own, "B")
    partners = as_array("mix_losses", "partners", partners)
    require_shape("mix_losses", "partners", partners, "B", B=own.shape[0])
    partners = as_like("mix_losses", "partners", partners, own, own.dtype)
    lam = _as_lam("mix_losses", lam, own)
    return lam * own + (1 - lam) * partners


def _mix(function: str, x: Array, lam: Array, partner: Array) -> Array:
    n = x.shape[0]
    lam = _as_lam(function, lam, x)
    partner = as_partner(function, partner, x)
    xp = array_namespace(x)
    if lam.ndim:
        lam = xp.reshape(lam, (n,) + (1,) * (x.ndim - 1))  # (B, 1, 1, 1)
    return lam * x + (1 - lam) * xp.take(x, partner, axis=0)


def _as_lam(function: str, lam: Any, x: Array) -> Array:
    lam = as_array(function, "lam", lam)
    if lam.ndim:
        hint = "lam[0], one weight for the whole batch" if lam.shape == (1,) else None
        require_shape(function, "lam", lam, "B", hint=hint, B=int(x.shape[0]))
    require_range(function, "lam", lam, 0, 1, hint=_PERCENT)
    return as_like(function, "lam", lam, x, float_dtype(x))


def _require_alpha(function: str, alpha: Any) -> float:
    return require_number(
        function, "alpha", alpha, 0, float("inf"), is_open=True, hint="for no mixup, do not mix at all"
    )
