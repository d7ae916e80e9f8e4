"""How λ is drawn: the density of Beta(α, α), folded or not, over a histogram of actual draws."""

import functools
import math

import altair as alt
import numpy as np

from sota_core import words
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.functional.beta import beta_density, folded_density, folded_mean, folded_share_above
from sota_core.functional.mixup import fold_lam, sample_lam

HEIGHT = 300
BIN = 0.05
CEILING = 10.0  # the density is infinite at the ends for α < 1; a bar that is higher is cut and bears its share


def lam_draws(alpha: float, n: int, seed: int, *, is_folded: bool) -> np.ndarray:
    """n draws of λ, as a page shows them: the seed stands beside."""
    lam = sample_lam(alpha, n, np.random.default_rng(seed))
    return fold_lam(lam) if is_folded else lam


def drawn_facts(draws: np.ndarray) -> tuple[float, float]:
    """Of actual draws, folded or not: the share at least 90 % one picture, and the mean of the heavier one's λ."""
    heavier = fold_lam(draws)
    return float((heavier >= 0.9).mean()), float(heavier.mean())


def lam_spread(alpha: float, draws: np.ndarray, *, is_folded: bool) -> Figure:
    """The draws as a histogram of density 1, the density as a line, the folded mean as a rule.

    Shapes
        draws  (n,)  folded where is_folded says so
    """
    low = 0.5 if is_folded else 0.0
    n_bins = round((1 - low) / BIN)
    density, edges = np.histogram(draws, n_bins, (low, 1.0), density=True)
    bars = [
        {
            "x0": round(float(edges[i]), 4),
            "x1": round(float(edges[i + 1]), 4),
            "middle": round(float(edges[i] + BIN / 2), 4),
            "density": min(float(height), CEILING),
            "share": float(height * BIN),
            "cut": f"↑ {words.percent(float(height * BIN), 0)}" if height > CEILING else "",
        }
        for i, height in enumerate(density)
    ]
    # Closer towards the ends, where the curve is steep; the very ends may be infinite.
    x = (1 - np.cos(np.linspace(0, math.pi, 201))) / 2
    x = (low + (1 - low) * x)[1:-1]
    y = folded_density(x, alpha) if is_folded else beta_density(x, alpha)
    line = [{"lam": float(a), "density": float(b)} for a, b in zip(x, y, strict=True) if b <= 1.2 * CEILING]
    mean = folded_mean(alpha) if is_folded else 0.5
    share = folded_share_above(0.9, alpha)
    return Figure(
        _spec(low),
        {"draws": bars, "density": line, "mean": [{"lam": mean, "word": f"mean {mean:.2f}"}]},
        f"Density of λ at α = {alpha:.2f}{', folded' if is_folded else ''}, over {words.plural(len(draws), 'draw')}. "
        f"Mean {mean:.2f}; {words.percent(share, 0)} of the mixes are at least 90 % one picture.",
    )


@functools.lru_cache(maxsize=4)
def _spec(low: float) -> dict:
    x_scale = alt.Scale(domain=[low, 1], nice=False)
    y_scale = alt.Scale(domain=[0, CEILING], nice=False)
    axis = alt.Axis(title="λ, the weight of the own picture", format=".1f", values=[v / 10 for v in range(11)])
    x0, lam = alt.X("x0:Q", scale=x_scale, axis=axis), alt.X("lam:Q", scale=x_scale, axis=axis)
    y = alt.Y("density:Q", scale=y_scale, axis=alt.Axis(title="density", values=[0, 2, 4, 6, 8, 10]))
    tip = [
        alt.Tooltip("x0:Q", title="λ from", format=".3f"),
        alt.Tooltip("x1:Q", title="to", format=".3f"),
        alt.Tooltip("share:Q", title="of the draws", format=".1%"),
    ]
    bars = named("draws", "picture_a")
    line = named("density", "picture_a").mark_line(strokeWidth=2.2, clip=True)
    mean = named("mean", "published")
    chart = alt.layer(
        bars.mark_rect(opacity=0.35).encode(x=x0, x2="x1:Q", y=y, y2=alt.datum(0), color=colour(), tooltip=tip),
        bars.mark_text(dy=10, baseline="middle").encode(
            x=alt.X("middle:Q", scale=x_scale, axis=axis), y=alt.value(0), text="cut:N", color=colour()
        ),
        line.encode(x=lam, y=y, color=colour()),
        mean.mark_rule(strokeDash=[5, 4]).encode(x=lam, color=colour()),
        mean.mark_text(align="right", dx=-6, dy=8).encode(x=lam, y=alt.value(0), text="word:N", color=colour()),
    )
    return spec_of(chart.properties(width="container", height=HEIGHT))
