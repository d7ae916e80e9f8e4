"""A whole validation set at every step of n, β, strength and rule: accuracy, who is rescued and broken, more views."""

import math
from functools import lru_cache

import numpy as np

from sota_core import words
from sota_core.figures import palette, plot
from sota_core.figures.frames import Slots
from sota_core.figures.plot import Axes, colour
from sota_core.inference.predictions import LOG_ODDS, MAXIMUM, MEAN, RULES, rule_of
from sota_core.inference.sweep import TRAINED, Sweep
from sota_core.language import cached

GRID = 0.05  # of accuracy, at both ends of the axis: so that all lines stand at whole percents
N_LINES = 6
HEADROOM = 0.15  # of the axis, for the words above the ring
NEAR = 1.5  # times training's strength: as far as the near scale goes


@cached(4096)
def balance(swept: Sweep, n: int, beta: float, use_max: bool, log_odds: bool, strength: float) -> Slots:
    """Accuracy with the first n views, and the two counts that a gain hides."""
    now, n = swept.balance(n, beta, rule_of(use_max, log_odds), strength), min(n, swept.n_views)
    change, most = now.n_rescued - now.n_broken, _most(swept)
    meaning = (
        "It pays in sum, not for every picture"
        if now.n_broken and 0 < change <= now.n_broken
        else "It pays here"
        if change > 0
        else "It costs accuracy here"
        if change < 0
        else "Nothing in sum"
    )
    return {
        "set_n": words.plural(n, "view"),
        "set_both": words.percent(now.accuracy),
        "set_both_w": f"{now.accuracy:.4g}",
        "set_rescued": f"{now.n_rescued}",
        "set_rescued_w": f"{now.n_rescued / most:.4g}",
        "set_broken": f"{now.n_broken}",
        "set_broken_w": f"{now.n_broken / most:.4g}",
        "set_meaning": meaning,
        "set_change": f"{change:+d} {'picture' if abs(change) == 1 else 'pictures'}".replace("-", "−"),
        "set_points": words.points(now.accuracy - swept.plain),
        "set_passes": f"{n + 1} passes",
    }


@lru_cache(maxsize=16)
def _most(swept: Sweep) -> int:
    """The longest bar's count: one scale for both bars and every setting."""
    return max(1, int(swept.rescued.max()), int(swept.broken.max()))


@cached(2048)
def rules(swept: Sweep, n: int, beta: float, strength: float) -> Slots:
    """What each rule makes of the set with these views and weights."""
    found: dict[str, str] = {}
    for rule in RULES:
        now = swept.balance(n, beta, rule, strength)
        found |= {f"{rule}_accuracy": words.percent(now.accuracy), f"{rule}_rescued": f"{now.n_rescued}"}
        found[f"{rule}_broken"] = f"{now.n_broken}"
    return found


@cached(16)
def chosen(use_max: bool, log_odds: bool) -> Slots:
    """Which rule's row is marked."""
    return {f"{rule}_row": "own" if rule == rule_of(use_max, log_odds) else "" for rule in RULES}


@cached(64)
def strengths(swept: Sweep, strength: float) -> Slots:
    """What is said where the set was not asked with views of this strength."""
    stays = not swept.has(strength)
    return {"set_note": "This run has stored the views of strength 1.0 alone: the set stays at it." if stays else ""}


@cached(64)
def plain(swept: Sweep, strength: float) -> Slots:
    """What no other knob moves: the plain view's accuracy, and the numbers at the axis."""
    axes = growth_axes(swept, strength)
    low, high = axes.y
    ticks = {f"y_tick{i}": words.percent(low + (high - low) * i / (N_LINES - 1), 0) for i in range(N_LINES)}
    return ticks | {
        "set_size": f"of {words.count(swept.n_pictures)}",
        "set_plain": words.percent(swept.plain),
        "set_plain_w": f"{swept.plain:.4g}",
        "set_plain_x": axes.left(0),
        "set_plain_y": axes.up(swept.plain),
    }


@lru_cache(maxsize=64)
def growth_axes(swept: Sweep, strength: float = TRAINED) -> Axes:
    """High enough for every setting, so that it stands still; but what much strength costs has a scale of its own.

    On one scale the gain near training's strength, a few points, would be flat.
    """
    shown = [i for i, s in enumerate(swept.strengths) if strength > NEAR or s <= NEAR]
    every = np.append(swept.grown[shown], swept.plain)
    low = max(GRID * math.floor((float(every.min()) - 0.01) / GRID), 0.0)
    room = HEADROOM * (float(every.max()) - low)
    return Axes((-0.35, swept.n_views + 0.35), (low, min(GRID * math.ceil((float(every.max()) + room) / GRID), 1.0)))


@cached(1024)
def growth(swept: Sweep, beta: float, use_max: bool, log_odds: bool, strength: float) -> Slots:
    """Accuracy by number of views: the mean over orders of the views, and their range."""
    axes, found = growth_axes(swept, strength), swept.growth(beta, rule_of(use_max, log_odds), strength)
    ks = [g.k for g in found]
    band = axes.path([*ks, *reversed(ks)], [*(g.high for g in found), *(g.low for g in reversed(found))])
    return {
        "mean_d": axes.path(ks, [g.mean for g in found]),
        "range_d": band,
        **{f"mean{g.k}_y": axes.up(g.mean) for g in found[1:]},
    }


@cached(4096)
def ring(swept: Sweep, n: int, beta: float, use_max: bool, log_odds: bool, strength: float) -> Slots:
    """Where n stands on the curve."""
    found = swept.growth(beta, rule_of(use_max, log_odds), strength)
    axes, now = growth_axes(swept, strength), found[min(n, swept.n_views)]
    return {"ring_x": axes.left(now.k), "ring_y": axes.up(now.mean), "ring_words": f"mean {words.percent(now.mean)}"}


def told(swept: Sweep, beta: float, use_max: bool, log_odds: bool, strength: float) -> Slots:
    """The curve in words, for whoever does not see it."""
    found = swept.growth(beta, rule_of(use_max, log_odds), strength)
    return {
        "said_growth": f"Accuracy on {words.plural(swept.n_pictures, 'picture')}: plain {words.percent(swept.plain)}; "
        + "; ".join(f"{words.plural(g.k, 'view')} {words.percent(g.mean)}" for g in found[1:])
        + ". The vertical axis shows a part of the scale."
    }


VIEWS = (plain, balance, rules, chosen, strengths, growth, ring)


def _row(role: str, of: str, slot: str, weight: str = "") -> str:
    name = f"{palette.ROLES[role].glyph} {of}"
    return (
        f'<tr><th scope="row" style="color:{colour(role)}">{name}</th><td><span class="two-bars"><i class="bar">'
        f'<i style="background:{colour(role)}" data-live="--w:{slot}_w"></i></i>'
        f'<b {weight}data-live="text:{slot}"></b></span></td></tr>'
    )


BALANCE = (
    '<table class="bars balance"><thead><tr><th></th><th scope="col" data-live="text:set_size"></th></tr></thead>'
    "<tbody>"
    + _row("valid", "plain view", "set_plain")
    + _row("tta", 'with <span data-live="text:set_n"></span>', "set_both", 'class="strong" ')
    + _row("right", "rescued", "set_rescued")
    + _row("wrong", "broken", "set_broken")
    + """</tbody></table><p><span data-live="text:set_meaning"></span>: <span data-live="text:set_rescued"></span>
rescued − <span data-live="text:set_broken"></span> broken = <b data-live="text:set_change"></b>,
<span data-live="text:set_points"></span>, for <span data-live="text:set_passes"></span> instead of one. The same net
and pictures, so nothing else differs.</p><p class="note" data-live="text:set_note"></p>"""
)


def _rule(rule: str, name: str) -> str:
    cells = "".join(f'<td data-live="text:{rule}_{what}"></td>' for what in ("accuracy", "rescued", "broken"))
    return f'<tr data-live="class:{rule}_row"><th scope="row">{name}</th>{cells}</tr>'


RULES_TABLE = (
    '<table class="numbers rules"><thead><tr><th scope="row">with these views and weights</th><th>accuracy</th>'
    "<th>rescued</th><th>broken</th></tr></thead><tbody>"
    + _rule(MEAN, "mean of probabilities (fastai)")
    + _rule(LOG_ODDS, "mean of log-odds")
    + _rule(MAXIMUM, "maximum (use_max)")
    + "</tbody></table>"
)


def growth_template(swept: Sweep) -> str:
    """The curve's layout: a mark for each number of views that was stored."""
    n, axes, tta = swept.n_views, growth_axes(swept), colour("tta")
    at_plain = 'data-live="--x:set_plain_x --y:set_plain_y"'
    marks = "".join(
        f'<i class="triangle at" style="background:{tta};--x:{axes.left(k)}" data-live="--y:mean{k}_y"></i>'
        for k in range(1, n + 1)
    )
    every = max(1, math.ceil(n / 12))
    return plot.box(
        curves=plot.curve("range_d", "tta", look=f"stroke:none;fill:{tta};opacity:0.16")
        + plot.curve("mean_d", "tta", look="stroke-width:1.6"),
        over=(
            f'<span class="rule across" style="color:{colour("valid")}" data-live="--y:set_plain_y"></span>'
            f'<span class="word at-right" style="color:{colour("valid")}" data-live="--y:set_plain_y">plain view alone'
            f'</span>{marks}<i class="diamond at" style="background:{colour("valid")}" {at_plain}></i>'
            '<i class="ring at" data-live="--x:ring_x --y:ring_y"></i>'
            '<span class="word at above" data-live="text:ring_words --x:ring_x --y:ring_y"></span>'
        ),
        x_title="augmented views",
        y_title="accuracy (part of the scale)",
        x_ticks=[(float(axes.left(k)), f"{k}") for k in range(0, n + 1, every)],
        n_y_ticks=N_LINES,
        height=230,
        live="aria-label:said_growth",
    )
