"""A whole validation set at every step of n, β and use_max: accuracy, who is rescued and broken, and more views."""

import math
from functools import lru_cache

from sota_core import words
from sota_core.figures import palette, plot
from sota_core.figures.frames import Slots
from sota_core.figures.plot import Axes, colour
from sota_core.inference.sweep import Sweep

GRID = 0.05  # of accuracy, from line to line


@lru_cache(maxsize=1024)
def balance(swept: Sweep, n: int, beta: float, use_max: bool) -> Slots:
    """Accuracy with the first n views, and the two counts that a gain hides."""
    now, n = swept.balance(n, beta, use_max), min(n, swept.n_views)
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
    return max(1, *(max(b.n_rescued, b.n_broken) for b in swept.balances.values()))


@lru_cache(maxsize=16)
def plain(swept: Sweep) -> Slots:
    """What no knob moves: the plain view's accuracy, and the numbers at the axis."""
    axes = growth_axes(swept)
    (low, high), n = axes.y, n_ticks(swept)
    ticks = {f"y_tick{i}": words.percent(low + (high - low) * i / (n - 1), 0) for i in range(n)}
    return ticks | {
        "set_size": f"of {words.count(swept.n_pictures)}",
        "set_plain": words.percent(swept.plain),
        "set_plain_w": f"{swept.plain:.4g}",
        "set_plain_x": axes.left(0),
        "set_plain_y": axes.up(swept.plain),
    }


@lru_cache(maxsize=16)
def growth_axes(swept: Sweep) -> Axes:
    """High enough for every setting: it stands still while the weights are moved."""
    every = [grown for curve in swept.growths.values() for grown in curve]
    low = GRID * math.floor((min(g.low for g in every) - 0.01) / GRID)
    high = GRID * math.ceil((max(g.high for g in every) + 0.01) / GRID)
    return Axes((-0.35, swept.n_views + 0.35), (max(low, 0.0), min(high, 1.0)))


def n_ticks(swept: Sweep) -> int:
    """Lines of the grid: one every GRID, or every second, third, … where there would be more than seven."""
    low, high = growth_axes(swept).y
    n = round((high - low) / GRID)
    return next(n // every for every in range(1, n + 1) if n % every == 0 and n // every <= 6) + 1


@lru_cache(maxsize=256)
def growth(swept: Sweep, beta: float, use_max: bool) -> Slots:
    """Accuracy by number of views: the mean over orders of the views, and their range."""
    axes, found = growth_axes(swept), swept.growth(beta, use_max)
    ks = [g.k for g in found]
    band = axes.path([*ks, *reversed(ks)], [*(g.high for g in found), *(g.low for g in reversed(found))])
    return {
        "mean_d": axes.path(ks, [g.mean for g in found]),
        "range_d": band,
        **{f"mean{g.k}_y": axes.up(g.mean) for g in found[1:]},
    }


@lru_cache(maxsize=1024)
def ring(swept: Sweep, n: int, beta: float, use_max: bool) -> Slots:
    """Where n stands on the curve."""
    axes, now = growth_axes(swept), swept.growth(beta, use_max)[min(n, swept.n_views)]
    return {"ring_x": axes.left(now.k), "ring_y": axes.up(now.mean), "ring_words": f"mean {words.percent(now.mean)}"}


def told(swept: Sweep, beta: float, use_max: bool) -> Slots:
    """The curve in words, for whoever does not see it."""
    found = swept.growth(beta, use_max)
    return {
        "said_growth": f"Accuracy on {words.plural(swept.n_pictures, 'picture')}: plain {words.percent(swept.plain)}; "
        + "; ".join(f"{words.plural(g.k, 'view')} {words.percent(g.mean)}" for g in found[1:])
        + ". The vertical axis shows a part of the scale."
    }


VIEWS = (plain, balance, growth, ring)


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
and pictures, so nothing else differs.</p>"""
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
        n_y_ticks=n_ticks(swept),
        height=230,
        live="aria-label:said_growth",
    )
