"""Draws of λ that move smoothly with α: the same random numbers for every α, mapped by Beta(α, α)'s quantiles."""

import math
from functools import lru_cache

import numpy as np

from sota_core.functional.mixup import fold_lam

N_NODES = 257  # of the quantiles' table, along the lighter picture's weight from 0 to ½: λ is right to five digits
N_TERMS = 60  # of a series in powers of at most ½


Seed = int | tuple[int, ...]  # several numbers: one of the many streams that belong to the first


@lru_cache(maxsize=64)
def uniform(n: int, seed: Seed) -> np.ndarray:
    """n random numbers, uniform from 0 to 1, sorted; the same for every α. Not to be changed."""
    numbers = np.sort(np.random.default_rng(seed).random(n))
    numbers.setflags(write=False)
    return numbers


def lam_draws(alpha: float, n: int, seed: Seed, *, is_folded: bool) -> np.ndarray:
    """n draws of λ from Beta(α, α), sorted, for a page that shows the seed beside them.

    A random number u becomes the λ below which a share u of all λ lies. So the same seed gives draws that move little
    when α does, and what is seen to move is the distribution and not chance.

    Shapes
        returns  (n,)  right to 1e-5; folded: max(λ, 1 − λ), as fastai does
    """
    u = uniform(n, seed)
    lighter = _lighter(2 * np.minimum(u, 1 - u), alpha)
    lam = np.where(u < 0.5, lighter, 1 - lighter)
    return np.sort(fold_lam(lam)) if is_folded else lam


def _lighter(share: np.ndarray, alpha: float) -> np.ndarray:
    """The t, at most ½, below which this share of all min(λ, 1 − λ) lies."""
    t, power = _quantiles(alpha)
    return np.interp(share ** (1 / alpha), power, t)


@lru_cache(maxsize=256)
def _quantiles(alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """t from 0 to ½, and the share of min(λ, 1 − λ) below it to the power 1 / α: nearly a straight line for any α.

    The share is twice the incomplete beta function, 2 I_t(α, α) = 2 t^α / B(α, α) · Σ (1 − α)_k t^k / ((α + k) k!).

    Source
        DLMF 8.17.7.
    """
    k = np.arange(N_TERMS)
    terms = np.cumprod(np.concatenate([[1.0], (k[:-1] + 1 - alpha) / (k[:-1] + 1)])) / (alpha + k)
    t = np.linspace(0, 0.5, N_NODES)
    beta = math.exp(2 * math.lgamma(alpha) - math.lgamma(2 * alpha))
    return t, t * (2 / beta * np.polynomial.polynomial.polyval(t, terms)) ** (1 / alpha)


def drawn_facts(draws: np.ndarray) -> tuple[float, float]:
    """Two facts of actual draws, folded or not: the share at least 90 % one picture, and the mean of the heavier λ."""
    heavier = fold_lam(draws)
    return float((heavier >= 0.9).mean()), float(heavier.mean())
