"""The hills of the three channels: how often each pixel value occurs, before and after normalization.

One above the other on one axis, so that one sees their middles fall into line.
"""

import functools
import math
from collections.abc import Sequence

import altair as alt
import numpy as np

from sota_core.figures import palette
from sota_core.figures.figure import Figure, Rows, colour, named, spec_of
from sota_core.figures.normalization.statistics import CHANNELS, SPAN, Measured, number
from sota_core.functional.normalize import normalize

HEIGHT = 312
_BINS = 64  # four grey levels each
_TALL = 0.62  # of a row, for its hill
_WIDEST = 12.0  # typed standard deviations near 0 would send the hills miles away


def before(m: Measured) -> Figure:
    """A hill for each channel over pixel values 0 … 1; dashed: the statistics about to be used."""
    grid = np.arange(_BINS) * (256 / _BINS) / 255
    marks = [] if m.stats is None else _marks(*m.stats)
    said = _said(m.mean, m.std)
    return Figure(
        _spec((0.0, 1.0), "pixel value, from 0 black to 1 white"),
        {
            "hills": _hills(m.counts, np.broadcast_to(grid, (3, _BINS))),
            "own": _marks(m.mean, m.std),
            "used": marks,
            "names": _names(m.mean, m.std),
        },
        f"Histogram of each channel before normalization. {said}.",
    )


def after(m: Measured) -> Figure:
    """The same pixels after (x − m) / s; dashed: mean 0, standard deviation 1, where all should lie."""
    mean, std = m.stats or ((0.0,) * 3, (1.0,) * 3)
    grid = np.broadcast_to(np.arange(_BINS) * (256 / _BINS) / 255, (3, 1, _BINS))
    moved = np.asarray(normalize(grid, mean, std))[:, 0]
    ends = np.asarray(normalize(np.array([0.0, 1.0]).reshape(1, 1, 2).repeat(3, axis=0), mean, std))
    reach = min(_WIDEST, max(SPAN, math.ceil(float(np.abs(ends).max()))))
    title = "normalized value (x − m) / s" if m.stats else "unchanged: nothing is subtracted or divided"
    return Figure(
        _spec((-reach, reach), title),
        {
            "hills": _hills(m.counts, moved),
            "own": _marks(m.mean_after, m.std_after),
            "used": _marks((0.0,) * 3, (1.0,) * 3),
            "names": _names(m.mean_after, m.std_after),
        },
        f"Histogram of each channel after normalization. {_said(m.mean_after, m.std_after)}.",
    )


def _said(mean: Sequence[float], std: Sequence[float]) -> str:
    return "; ".join(
        f"{c}: mean {number(m)}, standard deviation {number(s)}" for c, m, s in zip(CHANNELS, mean, std, strict=True)
    )


def _hills(counts: np.ndarray, grids: np.ndarray) -> Rows:
    """Heights relative to each channel's fullest bin but the two ends: pure black and white would dwarf the rest."""
    rows = []
    for c in range(3):
        share = counts[c].reshape(_BINS, -1).sum(axis=1) / counts[c].sum()
        height = np.minimum(1, share / max(share[1:-1].max(), 1e-9)) * _TALL
        base = 2 - c
        rows += [
            {"x": round(float(x), 4), "low": base, "high": round(base + float(h), 4), "c": CHANNELS[c]}
            for x, h in zip(grids[c], height, strict=True)
        ]
    return rows


def _marks(mean: Sequence[float], std: Sequence[float]) -> Rows:
    return [
        {
            "x": m,
            "left": m - s,
            "right": m + s,
            "low": 2 - c - 0.06,
            "high": 2 - c + _TALL + 0.06,
            "at": 2 - c - 0.06,
            "c": CHANNELS[c],
        }
        for c, (m, s) in enumerate(zip(mean, std, strict=True))
    ]


def _names(mean: Sequence[float], std: Sequence[float]) -> Rows:
    return [
        {"y": 2 - c + _TALL + 0.2, "name": name, "text": f"mean {number(m)}   std {number(s)}"}
        for c, (name, m, s) in enumerate(zip(CHANNELS, mean, std, strict=True))
    ]


@functools.lru_cache(maxsize=32)
def _spec(domain: tuple[float, float], title: str) -> dict:
    def x(field: str) -> alt.X:
        scale = alt.Scale(domain=list(domain), nice=False)
        return alt.X(f"{field}:Q", scale=scale, axis=alt.Axis(title=title, tickCount=7))

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[-0.2, 3.0], nice=False), axis=None)

    used, own = (named(name, role).encode(color=colour()) for name, role in (("used", "published"), ("own", "train")))
    hills = (
        named("hills", "train")
        .mark_area(clip=True, opacity=0.32, interpolate="monotone", line={"strokeWidth": 1})
        .encode(x=x("x"), y=y("high"), y2="low:Q", detail="c:N", color=colour())
    )
    dash = list(palette.ROLES["published"].dash)
    edges = [
        used.mark_rule(clip=True, strokeDash=dash, strokeWidth=width, opacity=opacity).encode(
            x=x(field), y=y("low"), y2="high:Q"
        )
        for field, width, opacity in (("x", 1.5, 1), ("left", 1, 0.6), ("right", 1, 0.6))
    ]
    std = own.mark_rule(clip=True, strokeWidth=3.5, opacity=0.9).encode(x=x("left"), x2="right:Q", y=y("at"))
    middle = own.mark_rule(clip=True, strokeWidth=2).encode(x=x("x"), y=y("low"), y2="high:Q")
    at = {"y": y("y"), "x": alt.value(0), "color": colour()}
    name = named("names", "train").mark_text(align="left", fontWeight=600, fontSize=14).encode(text="name:N", **at)
    text = named("names", "published").mark_text(align="left", dx=20).encode(text="text:N", **at)
    layers = (hills, *edges, std, middle, name, text)
    return spec_of(alt.layer(*layers).properties(width="container", height=HEIGHT))
