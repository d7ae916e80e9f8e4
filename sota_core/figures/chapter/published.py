"""The printed tables as figures: curves of the experiments one picks, what each technique bought, what fp16 saved.

Published means grey and dashed, as everywhere; several at once are told apart by their dashes and by a number at
the end of each line, which the key below the figure repeats. Numbers come from published.py, the widths of
chance from verdict.py.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from sota_core import words
from sota_core.analysis.noise import chance_apart
from sota_core.figures import palette
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.published import N_VALID, SHORT, Experiment, experiments

DASHES = ([5, 4], [1, 3], [9, 3], [9, 3, 2, 3], [3, 3, 9, 3], [14, 4], [2, 5], [6, 2, 2, 2], [12, 3, 3, 3], [4, 2])
LOW = 0.2  # of the accuracy axis: the first epochs of every table lie above it
_GAP = 0.045  # of the accuracy axis: the height of a number
_NEAR = 0.06  # of the other axis: the width of a number


@dataclass(frozen=True, slots=True)
class Bought:
    """One printed before and after. `chance`: how far apart two equal runs lie by chance (95 %), as a share; None
    where one net was asked twice about the same pictures, which chance does not touch in this way."""

    title: str
    before: float
    after: float
    chance: float | None
    leaks: bool = False

    @property
    def pictures(self) -> int:
        return round((self.after - self.before) * N_VALID)

    @property
    def is_noise(self) -> bool:
        return self.chance is not None and abs(self.after - self.before) <= self.chance


def bought() -> tuple[Bought, ...]:
    """Every pair of printed runs that differ in one thing, and three that do not quite (their titles say so)."""
    e = experiments()

    def two_runs(title: str, before: str, after: str) -> Bought:
        a, b = e[before], e[after]
        return Bought(title, a.accuracy, b.accuracy, chance_apart(a.accuracy, b.accuracy, N_VALID), b.leaks)

    def views(title: str, of: str) -> Bought:
        return Bought(title, e[of].accuracy, e[of].tta_accuracy or 0.0, None, e[of].leaks)

    return (
        two_runs("Mixed precision, notes", "notes/baseline-fp32", "notes/baseline-fp16"),
        two_runs("Normalization, book", "book/baseline", "book/normalize"),
        two_runs("Normalization, notes", "notes/baseline-fp16", "notes/normalize"),
        two_runs("Progressive, book", "book/normalize", "book/progressive"),
        two_runs("Progressive, notes", "notes/normalize", "notes/progressive"),
        views("TTA, book", "book/progressive"),
        views("TTA, notes", "notes/progressive"),
        two_runs("Smoothing against mixup", "notes/mixup", "notes/label-smoothing"),
    )


def printed_curves(ids: Sequence[str], *, by_seconds: bool = False) -> Figure:
    """Accuracy of the chosen experiments, epoch by epoch, against epochs or against the printed seconds."""
    chosen = [experiments()[i] for i in ids]
    lines = [_line(e, by_seconds) for e in chosen]
    end = max([points[-1]["x"] for points in lines], default=5.0)
    heights = _apart([(points[-1]["x"] / end, points[-1]["accuracy"]) for points in lines])
    labels = [
        {"x": points[-1]["x"], "at": height, "number": str(k)}
        for k, (points, height) in enumerate(zip(lines, heights, strict=True), start=1)
    ]
    said = "; ".join(
        f"{SHORT[e.id]} {words.percent(e.accuracy, 2)} after {len(e.rows)} epochs in {words.clock(e.seconds)}"
        for e in chosen
    )
    return Figure(
        _curves_spec(tuple(SHORT[i] for i in ids), round(end), by_seconds),
        {"points": [p for points in lines for p in points], "ends": labels},
        f"Published accuracy by {'seconds' if by_seconds else 'epoch'}. {said or 'None chosen'}.",
    )


def curves_key(ids: Sequence[str]) -> list[str]:
    """One line for each experiment, in the order of the numbers at the ends of the lines."""
    return [
        f"**{k}** {SHORT[i]}: {words.percent(e.accuracy, 2)} after {len(e.rows)} epochs, {words.clock(e.seconds)}"
        for k, (i, e) in enumerate(((i, experiments()[i]) for i in ids), start=1)
    ]


def changes() -> Figure:
    """What each step changed, in points and in pictures, over the band that chance alone fills."""
    rows = [
        {
            "title": b.title,
            "change": 100 * (b.after - b.before),
            "low": -100 * (b.chance or 0),
            "high": 100 * (b.chance or 0),
            "text": f"{b.pictures:+d}".replace("-", "−") + (" · leaks" if b.leaks else ""),
            "what": f"{b.before:.4f} → {b.after:.4f}",
        }
        for b in bought()
    ]
    said = "; ".join(f"{r['title']} {r['what']}, {r['text']} pictures" for r in rows)
    return Figure(
        _changes_spec(tuple(r["title"] for r in rows)), {"rows": rows}, f"Changes of accuracy as printed: {said}."
    )


def epoch_seconds() -> Figure:
    """Seconds of one epoch in single and in mixed precision, the same net and card."""
    e = experiments()
    rows = [
        {"name": name, "s": run.seconds / len(run.rows), "text": f"{run.seconds / len(run.rows):.0f} s an epoch"}
        for name, run in (("32 bits", e["notes/baseline-fp32"]), ("mixed", e["notes/baseline-fp16"]))
    ]
    said = "; ".join(f"{row['name']} {row['text']}" for row in rows)
    return Figure(_seconds_spec(), {"rows": rows}, f"Published seconds of an epoch at 224 px: {said}.")


def _line(of: Experiment, by_seconds: bool) -> list[dict]:
    points, seconds, epoch = [], 0, 0
    for phase in of.phases:
        for row in phase.rows:
            seconds, epoch = seconds + row.seconds, epoch + 1
            x = float(seconds if by_seconds else epoch)
            what = f"{phase.size} px, epoch {epoch}, {words.clock(seconds)}"
            points.append({"x": x, "accuracy": row.accuracy, "name": SHORT[of.id], "what": what})
    return points


def _apart(ends: Sequence[tuple[float, float]]) -> list[float]:
    """Heights for labels at these (x, y), pushed upwards from one another where they would overlap."""
    heights = [y for _, y in ends]
    for i in sorted(range(len(ends)), key=lambda i: ends[i][1]):
        below = [
            j
            for j in range(len(ends))
            if j != i and (ends[j][1], j) < (ends[i][1], i) and abs(ends[j][0] - ends[i][0]) < _NEAR
        ]
        for j in sorted(below, key=lambda j: heights[j]):
            if abs(heights[i] - heights[j]) < _GAP:
                heights[i] = heights[j] + _GAP
    return heights


@functools.lru_cache(maxsize=64)
def _curves_spec(names: tuple[str, ...], end: int, by_seconds: bool) -> dict:
    if by_seconds:
        every = 60 if end <= 330 else 120
        clock = "floor(datum.value / 60) + ':' + pad(datum.value % 60, 2, '0', 'left')"
        ticks = list(range(0, end + 1, every))
        axis = alt.Axis(title="time (min:s)", grid=False, values=ticks, labelExpr=clock)
    else:
        axis = alt.Axis(title="epoch", grid=False, values=list(range(0, end + 1, 5 if end > 10 else 1)), format="d")
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, 1.05 * end], nice=False), axis=axis)
    scale = alt.Scale(domain=[LOW, 1.0], nice=False, zero=False)
    y = alt.Y("accuracy:Q", scale=scale, axis=alt.Axis(title="accuracy", values=[0.2, 0.4, 0.6, 0.8, 1], format=".0%"))
    order = list(SHORT.values())
    dash = alt.StrokeDash("name:N", scale=alt.Scale(domain=order, range=[list(d) for d in DASHES]), legend=None)
    points, ends = named("points", "published"), named("ends", "published")
    tip = [alt.Tooltip("name:N"), alt.Tooltip("what:N", title="at"), alt.Tooltip("accuracy:Q", format=".2%")]
    chart = alt.layer(
        points.mark_line(strokeWidth=1.6).encode(x=x, y=y, strokeDash=dash, detail="name:N", color=colour()),
        points.mark_point(shape=palette.ROLES["published"].marker, filled=True, size=22, opacity=0.9).encode(
            x=x, y=y, color=colour(), tooltip=tip
        ),
        ends.mark_text(align="left", dx=8, fontSize=14, fontWeight=700).encode(
            x=x, y=alt.Y("at:Q", scale=scale), text="number:N", color=colour()
        ),
    )
    return spec_of(chart.properties(width="container", height=340))


@functools.lru_cache(maxsize=4)
def _changes_spec(titles: tuple[str, ...]) -> dict:
    y = alt.Y(
        "title:N",
        scale=alt.Scale(domain=list(titles)),
        axis=alt.Axis(title=None, labelLimit=170, minExtent=130),
    )
    scale = alt.Scale(domain=[-3, 10], nice=False)
    x = alt.X("change:Q", scale=scale, axis=alt.Axis(title="change in points", values=[-2, 0, 2, 4, 6, 8], grid=True))
    rows = named("rows", "published")
    tip = [alt.Tooltip("title:N"), alt.Tooltip("what:N", title="accuracy"), alt.Tooltip("text:N", title="pictures")]
    chart = alt.layer(
        rows.mark_bar(height=18, opacity=0.22, cornerRadius=3).encode(
            y=y, x=alt.X("low:Q", scale=scale), x2="high:Q", color=colour()
        ),
        rows.mark_rule(opacity=0.5).encode(x=alt.datum(0, scale=scale), color=colour()),
        rows.mark_point(shape=palette.ROLES["published"].marker, filled=True, size=80, opacity=1).encode(
            y=y, x=x, color=colour(), tooltip=tip
        ),
        rows.mark_text(align="left", dx=10).encode(y=y, x=x, text="text:N", color=colour()),
    )
    return spec_of(chart.properties(width="container", height=34 * len(titles)))


@functools.lru_cache(maxsize=1)
def _seconds_spec() -> dict:
    y = alt.Y("name:N", scale=alt.Scale(domain=["32 bits", "mixed"]), axis=alt.Axis(title=None, labelFontSize=13))
    x = alt.X("s:Q", scale=alt.Scale(domain=[0, 90], nice=False), axis=None)
    rows = named("rows", "published")
    chart = alt.layer(
        rows.mark_bar(height=20, opacity=0.55, cornerRadiusEnd=3).encode(y=y, x=x, color=colour()),
        rows.mark_text(align="left", dx=8).encode(y=y, x=x, text="text:N", color=colour()),
    )
    return spec_of(chart.properties(width="container", height=90))
