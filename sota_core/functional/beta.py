"""The distribution of mixup's λ, Beta(α, α), plain and folded: densities, mean, shares above a threshold.

Exact, and without SciPy, so that the web process need not import it. Not here: drawing λ (mixup.sample_lam).
"""

import math

from sota_core.functional._arrays import Array, array_namespace, as_float, require_number, require_range


def beta_density(lam: Array, alpha: float) -> Array:
    """Density of Beta(alpha, alpha): (λ (1 − λ))^(α − 1) / B(α, α).

    Infinite at 0 and 1 for alpha < 1.

    Shapes
        lam      any shape  in [0, 1]; not modified
        returns  the same

    Raises
        RangeError  some λ lies outside [0, 1], or alpha is not positive and finite.

    Source
        the definition of the Beta distribution; arXiv:1710.09412 mixes with it.

    >>> beta_density([.25, .5, 1.], 1).tolist()
    [1.0, 1.0, 1.0]
    """
    alpha = _require_alpha("beta_density", alpha)
    lam = as_float("beta_density", "lam", lam)
    require_range("beta_density", "lam", lam, 0, 1)
    xp = array_namespace(lam)
    is_inside = (lam > 0) & (lam < 1)
    safe = xp.where(is_inside, lam, xp.full_like(lam, 0.5))  # keeps log(0) out of the sum
    density = xp.exp((alpha - 1) * (xp.log(safe) + xp.log1p(-safe)) - _log_beta(alpha, alpha))
    at_end = math.inf if alpha < 1 else 1.0 if alpha == 1 else 0.0
    return xp.where(is_inside, density, xp.full_like(lam, at_end))


def folded_density(lam: Array, alpha: float) -> Array:
    """Density of max(λ, 1 − λ): twice beta_density from ½ on, zero below.

    Shapes
        lam      any shape  in [0, 1]; not modified
        returns  the same

    Raises
        RangeError  some λ lies outside [0, 1], or alpha is not positive and finite.

    Source
        follows from the symmetry of Beta(α, α); the folding is fastai's.

    >>> folded_density([.25, .75], 1).tolist()
    [0.0, 2.0]
    """
    density = beta_density(lam, alpha)
    lam = as_float("folded_density", "lam", lam)
    xp = array_namespace(density)
    return xp.where(lam >= 0.5, 2 * density, xp.zeros_like(density))


def folded_mean(alpha: float) -> float:
    """Mean of max(λ, 1 − λ): ½ + 4^(−α) / (α B(α, α)).

    Tends to 1 as alpha tends to 0 and to ½ as it grows.

    Shapes
        returns  ()  a Python float

    Raises
        RangeError  alpha is not positive and finite.

    Source
        2 ∫ λ p(λ) dλ over [½, 1], by I_½(α + 1, α); checked against 400,000 draws.

    >>> folded_mean(1), round(folded_mean(.4), 3)
    (0.75, 0.84)
    """
    alpha = _require_alpha("folded_mean", alpha)
    return 0.5 + math.exp(-alpha * math.log(4) - math.log(alpha) - _log_beta(alpha, alpha))


def folded_share_above(threshold: float, alpha: float) -> float:
    """Share of folded λ above a threshold: 2 I_(1−t)(α, α) for t ≥ ½, else 1.

    With threshold = .9: what share of mixed pictures is at least 90 % one picture?

    Shapes
        returns  ()  a Python float in [0, 1]

    Raises
        RangeError  threshold lies outside [0, 1], or alpha is not positive and finite.

    Source
        the regularised incomplete beta function I; by symmetry both tails are alike.

    >>> folded_share_above(.75, 1), round(folded_share_above(.9, .4), 2)
    (0.5, 0.48)
    """
    threshold = require_number("folded_share_above", "threshold", threshold, 0, 1)
    alpha = _require_alpha("folded_share_above", alpha)
    if threshold <= 0.5:
        return 1.0
    return min(1.0, 2 * _lower_tail(1 - threshold, alpha))


def _lower_tail(x: float, alpha: float) -> float:
    """I_x(α, α) for x ≤ ½, by the continued fraction of the incomplete beta (Lentz's method).

    The fraction converges fast for x < (a + 1) / (a + b + 2), which is ½ when a = b.
    """
    if x <= 0:
        return 0.0
    tiny = 1e-300  # Lentz: replaces a denominator of zero
    front = math.exp(alpha * (math.log(x) + math.log1p(-x)) - _log_beta(alpha, alpha)) / alpha
    c, d = 1.0, 1 / max(1 - 2 * alpha * x / (alpha + 1), tiny)
    fraction = d
    for m in range(1, 100_000):  # about √α terms are needed, so this is enough up to α = 10⁹
        even = m * (alpha - m) * x / ((alpha + 2 * m - 1) * (alpha + 2 * m))
        odd = -(alpha + m) * (2 * alpha + m) * x / ((alpha + 2 * m) * (alpha + 2 * m + 1))
        for term in (even, odd):
            d = 1 / ((1 + term * d) or tiny)
            c = (1 + term / c) or tiny
            fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return front * fraction


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _require_alpha(function: str, alpha: float) -> float:
    return require_number(function, "alpha", alpha, 0, math.inf, is_open=True)
