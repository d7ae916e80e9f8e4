"""The learning rate finder's curve: smoothed loss against the rate, with the suggested rates on it."""

import json
import math
from collections.abc import Mapping, Sequence

import altair as alt

from sota_core import words
from sota_core.figures import palette
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.language import cached, tr

HEIGHT = 240
ROLES = {"valley": "tta", "steep": "valid"}  # a colour and a marker for each of fastai's two functions


def lr_finder_curve(
    rates: Sequence[float],
    losses: Sequence[float | None],
    suggested: Mapping[str, float | None],
    *,
    first: float,
    last: float,
) -> Figure:
    """The curve, with a mark for each suggested rate.

    `first` and `last`, the rates of the whole search, fix the axis of rates. The axis of losses reaches beyond the fall
    of the loss by the fall's depth, above and below: how far the line rises afterwards says nothing, and would make the
    fall look flat.
    """
    rows = [
        {"lr": lr, "loss": loss, "said": words.short(lr, 2)}
        for lr, loss in zip(rates, losses, strict=True)
        if loss is not None and math.isfinite(loss)
    ]
    marks = {}
    for name in ROLES:
        rate = suggested.get(name)
        nearest = None if rate is None else min(rows, key=lambda row, at=rate: abs(row["lr"] - at), default=None)
        marks[name] = [] if nearest is None else [nearest]
    said = ", ".join(f"{name} {words.short(rate, 2)}" for name, rate in suggested.items() if rate is not None)
    marked = [row["loss"] for found in marks.values() for row in found]
    return Figure(
        _spec(first, last, *_span([row["loss"] for row in rows], marked)),
        {"rates": rows, **marks},
        tr(
            "Loss against the learning rate from {first} to {last}, {n} batches. Suggested: {rates}.",
            first=words.short(first, 6),
            last=words.short(last, 6),
            n=len(rows),
            rates=said or tr("none yet"),
        ),
        tr("Loss against the learning rate, batch by batch."),
    )


_EVEN = 1e-9  # log10 of a power of ten may come out so far from the whole number
_LEAST_FALL = 0.5  # for a loss that has only wavered so far, or risen from its first batch on


def _span(losses: Sequence[float], marked: Sequence[float]) -> tuple[float, float]:
    """Least and highest loss of the axis, in halves, so that it moves seldom while the search goes on."""
    if not losses:
        return 0.0, 2.5
    best = min(losses)
    top = max([*losses[: losses.index(best) + 1], *marked])
    fall = max(top - best, _LEAST_FALL)
    floor = max(0.0, math.floor(2 * (best - fall)) / 2)
    return floor, max(floor + 0.5, math.ceil(2 * (top + fall)) / 2)


@cached(32)
def _spec(first: float, last: float, floor: float, ceiling: float) -> dict:
    # Each power of ten, written as in the sentences above and below the figure; Vega would write 1e-7.
    exponents = range(math.ceil(math.log10(first) - _EVEN), math.floor(math.log10(last) + _EVEN) + 1)
    rates = [10.0**exponent for exponent in exponents]
    said = json.dumps([words.short(rate, 1) for rate in rates], ensure_ascii=False)
    x = alt.X(
        "lr:Q",
        scale=alt.Scale(type="log", domain=[first, last], nice=False),
        axis=alt.Axis(
            title=tr("learning rate"),
            values=rates,
            labelExpr=f"{said}[round(log(datum.value) / LN10) - ({exponents.start})]",
            grid=False,
        ),
    )
    y = alt.Y(
        "loss:Q",
        scale=alt.Scale(domain=[floor, ceiling], nice=False),
        axis=alt.Axis(title=tr("loss, smoothed"), tickCount=5),
    )
    tip = [alt.Tooltip("said:N", title=tr("rate")), alt.Tooltip("loss:Q", title=tr("loss"), format=".3f")]
    layers = [named("rates", "train").mark_line(strokeWidth=2, clip=True).encode(x=x, y=y, color=colour(), tooltip=tip)]
    for name, role in ROLES.items():
        mark = named(name, role).mark_point(shape=palette.ROLES[role].marker, filled=True, size=110, opacity=1)
        layers.append(mark.encode(x=x, y=y, color=colour(), tooltip=tip))
    return spec_of(alt.layer(*layers).properties(width="container", height=HEIGHT))
