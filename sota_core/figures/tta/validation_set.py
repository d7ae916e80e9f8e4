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
from sota_core.language import cached, tr, tr_in, tr_n

GRID = 0.05  # of accuracy, at both ends of the axis: so that all lines stand at whole percents
N_LINES = 6
HEADROOM = 0.15  # of the axis, for the words above the ring
NEAR = 1.5  # times training's strength: up to it growth_axes has the near scale


@cached(4096)
def balance(swept: Sweep, n: int, beta: float, use_max: bool, log_odds: bool, strength: float) -> Slots:
    """Accuracy with the first n views, and the two counts that a gain hides."""
    now, n = swept.balance(n, beta, rule_of(use_max, log_odds), strength), min(n, swept.n_views)
    change, most = now.n_rescued - now.n_broken, _most(swept)
    meaning = (
        tr("It pays on balance, not for every picture")
        if now.n_broken and 0 < change <= now.n_broken
        else tr("It pays here")
        if change > 0
        else tr("It costs accuracy here")
        if change < 0
        else tr("Nothing gained on balance")
    )
    return {
        "set_n": tr_n("{n} view", "{n} views", n),
        "set_both": words.percent(now.accuracy),
        "set_both_w": f"{now.accuracy:.4g}",
        "set_rescued": f"{now.n_rescued}",
        "set_rescued_w": f"{now.n_rescued / most:.4g}",
        "set_broken": f"{now.n_broken}",
        "set_broken_w": f"{now.n_broken / most:.4g}",
        "set_meaning": meaning,
        "set_change": tr_n("{n} picture", "{n} pictures", abs(change), n=f"{change:+d}".replace("-", "−")),
        "set_points": words.points(words.change(swept.plain, now.accuracy)),
        "set_passes": tr_n("{n} pass", "{n} passes", n + 1),
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
    """A note if there are no predictions for views of this strength."""
    stays = not swept.has(strength)
    said = tr("This run has stored views of strength 1.0 only, so the set stays at that strength.")
    return {"set_note": said if stays else ""}


@cached(64)
def plain(swept: Sweep, strength: float) -> Slots:
    """What depends on no other knob than strength: the plain view's accuracy, and the numbers at the axis."""
    axes = growth_axes(swept, strength)
    low, high = axes.y
    ticks = {f"y_tick{i}": words.percent(low + (high - low) * i / (N_LINES - 1), 0) for i in range(N_LINES)}
    return ticks | {
        "set_size": tr("of {n}", n=words.count(swept.n_pictures)),
        "set_plain": words.percent(swept.plain),
        "set_plain_w": f"{swept.plain:.4g}",
        "set_plain_x": axes.left(0),
        "set_plain_y": axes.up(swept.plain),
    }


@lru_cache(maxsize=64)
def growth_axes(swept: Sweep, strength: float = TRAINED) -> Axes:
    """High enough for every setting, so that it stands still; but strengths above NEAR have a wider scale of their own.

    On one scale the gain near training's strength, a few points, would look flat.
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
    return {
        "ring_x": axes.left(now.k),
        "ring_y": axes.up(now.mean),
        "ring_words": tr("mean {mean}", mean=words.percent(now.mean)),
    }


def told(swept: Sweep, beta: float, use_max: bool, log_odds: bool, strength: float) -> Slots:
    """The curve in words, for whoever does not see it."""
    found = swept.growth(beta, rule_of(use_max, log_odds), strength)
    steps = [
        tr_n("{n} view {accuracy}", "{n} views {accuracy}", g.k, accuracy=words.percent(g.mean)) for g in found[1:]
    ]
    return {
        "said_growth": tr_n(
            "Accuracy on {n} picture: plain {plain}; {by_views}. The vertical axis shows a part of the scale.",
            "Accuracy on {n} pictures: plain {plain}; {by_views}. The vertical axis shows a part of the scale.",
            swept.n_pictures,
            plain=words.percent(swept.plain),
            by_views="; ".join(steps),
        )
    }


VIEWS = (plain, balance, rules, chosen, strengths, growth, ring)


def _row(role: str, of: str, slot: str, weight: str = "") -> str:
    name = f"{palette.ROLES[role].glyph} {of}"
    return (
        f'<tr><th scope="row" style="color:{colour(role)}">{name}</th><td><span class="two-bars"><i class="bar">'
        f'<i style="background:{colour(role)}" data-live="--w:{slot}_w"></i></i>'
        f'<b {weight}data-live="text:{slot}"></b></span></td></tr>'
    )


@cached(None)
def balance_template() -> str:
    """Accuracy and the two counts as bars, and the sum of them in words."""
    views = tr("with {views}", views='<span data-live="text:set_n"></span>')
    slots = {name: f'<span data-live="text:set_{name}"></span>' for name in ("meaning", "rescued", "broken", "points")}
    sums = tr(
        "{meaning}: {rescued} rescued − {broken} broken = {change}, {points}, for {passes} instead of one. The same "
        "net and pictures, so nothing else differs.",
        **slots,
        change='<b data-live="text:set_change"></b>',
        passes='<span data-live="text:set_passes"></span>',
    )
    return (
        '<table class="bars balance"><thead><tr><th></th><th scope="col" data-live="text:set_size"></th></tr></thead>'
        "<tbody>"
        + _row("valid", tr_in("row", "plain view"), "set_plain")
        + _row("tta", views, "set_both", 'class="strong" ')
        + _row("right", tr("rescued"), "set_rescued")
        + _row("wrong", tr("broken"), "set_broken")
        + f'</tbody></table><p>{sums}</p><p class="note" data-live="text:set_note"></p>'
    )


def _rule(rule: str, name: str) -> str:
    cells = "".join(f'<td data-live="text:{rule}_{what}"></td>' for what in ("accuracy", "rescued", "broken"))
    return f'<tr data-live="class:{rule}_row"><th scope="row">{name}</th>{cells}</tr>'


@cached(None)
def rules_table() -> str:
    """A row for each rule of combining."""
    head, *columns = (tr("with these views and weights"), tr("accuracy"), tr("rescued"), tr("broken"))
    return (
        f'<table class="numbers rules"><thead><tr><th scope="row">{head}</th>'
        + "".join(f"<th>{column}</th>" for column in columns)
        + "</tr></thead><tbody>"
        + _rule(MEAN, tr("mean of probabilities (fastai)"))
        + _rule(LOG_ODDS, tr("mean of log-odds"))
        + _rule(MAXIMUM, tr("maximum (use_max)"))
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
    every, alone = max(1, math.ceil(n / 12)), tr("plain view alone")
    return plot.box(
        curves=plot.curve("range_d", "tta", look=f"stroke:none;fill:{tta};opacity:0.16")
        + plot.curve("mean_d", "tta", look="stroke-width:1.6"),
        over=(
            f'<span class="rule across" style="color:{colour("valid")}" data-live="--y:set_plain_y"></span>'
            f'<span class="word at-right" style="color:{colour("valid")}" data-live="--y:set_plain_y">{alone}'
            f'</span>{marks}<i class="diamond at" style="background:{colour("valid")}" {at_plain}></i>'
            '<i class="ring at" data-live="--x:ring_x --y:ring_y"></i>'
            '<span class="word at above" data-live="text:ring_words --x:ring_x --y:ring_y"></span>'
        ),
        x_title=tr("augmented views"),
        y_title=tr("accuracy (part of the scale)"),
        x_ticks=[(float(axes.left(k)), f"{k}") for k in range(0, n + 1, every)],
        n_y_ticks=N_LINES,
        height=230,
        live="aria-label:said_growth",
    )
