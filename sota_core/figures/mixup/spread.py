"""How λ is drawn, at every step of α: the density of Beta(α, α), folded or not, over a histogram of actual draws."""

import math

import numpy as np

from sota_core import words
from sota_core.figures import plot
from sota_core.figures.frames import Slots
from sota_core.figures.mixup.draws import drawn_facts, lam_draws
from sota_core.figures.plot import Axes, colour
from sota_core.functional.beta import beta_density, folded_density, folded_mean, folded_share_above
from sota_core.language import cached, tr

HEIGHT = 300
BIN = 0.05
CEILING = 10.0  # the density is infinite at the ends for α < 1; a higher bar is cut and shows its share in words
N_POINTS = 101  # of the density
N_TICKS = 6
N_X_TICKS = 11


def law(alpha: float) -> Slots:
    """What Beta(α, α) says of the mixes."""
    return {
        "alpha": words.number(alpha),
        "share": words.percent(folded_share_above(0.9, alpha), 0),
        "mean": words.number(folded_mean(alpha)),
    }


def density(alpha: float, is_folded: bool) -> Slots:
    """The density as a line, cut above the box, and the mean as a rule."""
    of = axes_of(is_folded)
    # Closer towards the ends, where the curve is steep; the very ends may be infinite.
    across = (1 - np.cos(np.linspace(0, math.pi, N_POINTS)[1:-1])) / 2
    x = of.x[0] + (of.x[1] - of.x[0]) * across
    y = folded_density(x, alpha) if is_folded else beta_density(x, alpha)
    mean = folded_mean(alpha) if is_folded else 0.5
    return {
        "density_d": of.path(x, np.minimum(y, 1.2 * CEILING)),
        "mean_x": of.left(mean),
        "mean_words": tr("mean {mean}", mean=words.number(mean)),
    }


def drawn(alpha: float, n: int, seed: int, is_folded: bool) -> Slots:
    """The draws as a histogram of area 1; of them the share at least 90 % one picture, and the mean."""
    draws = lam_draws(alpha, n, seed, is_folded=is_folded)
    share, mean = drawn_facts(draws)
    shares, of = bars(draws, is_folded), axes_of(is_folded)
    edges = np.linspace(*of.x, len(shares) + 1)
    heights = np.minimum(shares / BIN, CEILING)
    highest = int(np.argmax(shares))
    is_cut = shares[highest] / BIN > CEILING  # more than half of all draws: no two bars can be
    return {
        "draws_d": of.path(np.repeat(edges, 2), np.concatenate([[0.0], np.repeat(heights, 2), [0.0]])),
        "drawn_share": words.percent(share, 0),
        "drawn_mean": words.number(mean),
        "cut_words": f"↑ {words.percent(float(shares[highest]), 0)}" if is_cut else "",
        "cut_x": of.left(float(edges[highest] + BIN / 2)),
    }


def bars(draws: np.ndarray, is_folded: bool) -> np.ndarray:
    """The share of the draws in each bin.

    Shapes
        draws    (n,)  in order
        returns  (10,) from ½ to 1, or (20,) from 0
    """
    low, high = axes_of(is_folded).x
    edges = np.linspace(low, high, round((high - low) / BIN) + 1)
    return np.diff([0, *np.searchsorted(draws, edges[1:-1]), len(draws)]) / len(draws)


def fold(is_folded: bool) -> Slots:
    """The sentence on folding, and the numbers below the axis: folded, it begins at ½ and needs half as many."""
    of, found = axes_of(is_folded), {}
    for i in range(N_X_TICKS):
        value = i / (N_X_TICKS - 1)
        found |= {
            f"x_tick{i}": words.number(value, 1) if value >= of.x[0] else "",
            f"x_tick{i}_at": of.left(max(value, of.x[0])),
        }
    return found | {
        "fold_words": "" if is_folded else tr("Not folded, λ is as often below ½ as above it, as in the paper.")
    }


def ticks() -> Slots:
    return {f"y_tick{i}": f"{CEILING * i / (N_TICKS - 1):.0f}" for i in range(N_TICKS)}


def said(alpha: float, n: int, is_folded: bool) -> Slots:
    """The figure in words, for whoever does not see it."""
    it = law(alpha)
    figure = (
        tr(
            "Density of λ at α = {alpha}, folded, over {n} draws. Mean {mean}; {share} of the mixes are at least "
            "90\u00a0% one picture.",
            **it,
            n=words.count(n),
        )
        if is_folded
        else tr(
            "Density of λ at α = {alpha}, over {n} draws. Mean {mean}; {share} of the mixes are at least "
            "90\u00a0% one picture.",
            **{**it, "mean": words.number(0.5)},
            n=words.count(n),
        )
    )
    text = tr(
        "α = {alpha}: {share} of the mixes are at least 90\u00a0% one picture; the larger share is {mean} on average.",
        **it,
    )
    return {"said": text, "said_figure": figure}


VIEWS = (law, density, drawn, fold, ticks)


def axes_of(is_folded: bool) -> Axes:
    return Axes((0.5 if is_folded else 0.0, 1.0), (0.0, CEILING))


@cached(None)
def figure() -> str:
    draws, line, mean = tr("draws"), tr("density"), tr("mean")
    return (
        f'<p class="key"><span style="color:{colour("picture_a")}">▮ {draws} &ensp; ― {line}</span> '
        f'<span style="color:{colour("published")}">┆ {mean}</span></p>'
    ) + plot.box(
        curves=plot.curve("draws_d", "picture_a", look=f"stroke:none;fill:{colour('picture_a')};fill-opacity:.35")
        + plot.curve("density_d", "picture_a", look="stroke-width:2.2"),
        over=(
            f'<span class="rule down" style="color:{colour("published")}" data-live="--x:mean_x"></span>'
            '<span class="word at-top before grey" data-live="text:mean_words --x:mean_x"></span>'
            # below the mean's words: where a bar is cut, the mean lies in it
            '<span class="word at-top centred" style="margin-top:1.5em" data-live="text:cut_words --x:cut_x"></span>'
        ),
        x_title=tr("λ, the weight of the picture itself"),
        y_title=line,
        x_ticks=(),
        below="".join(
            f'<span class="tick" data-live="text:x_tick{i} --x:x_tick{i}_at"></span>' for i in range(N_X_TICKS)
        ),
        n_y_ticks=N_TICKS,
        height=HEIGHT,
        live="aria-label:said_figure",
    )


@cached(None)
def in_words() -> str:
    slots = {name: f'<span data-live="text:{name}"></span>' for name in ("alpha", "drawn_share", "drawn_mean")}
    slots |= {name: f'<b data-live="text:{name}"></b>' for name in ("share", "mean")}
    grey, drawn_share = '<span class="grey">{}</span>', tr("(in these draws {share})", share=slots["drawn_share"])
    drawn_mean = tr("(drawn: {mean})", mean=slots["drawn_mean"])
    sentence = tr(
        "At α = {alpha}, {share} of the mixes are at least 90\u00a0% one picture {in_these}. The larger share is "
        "{mean} on average {drawn}.",
        **slots,
        in_these=grey.format(drawn_share),
        drawn=grey.format(drawn_mean),
    )
    return f'<p>{sentence}\n<span data-live="text:fold_words"></span></p>'
