"""The ladder drawn: each step starts where the one below ended, over the band in which a step is noise."""

import math

import altair as alt

from sota_core import words
from sota_core.analysis.ladder import FEW, NOISE, SAID, Climb, Step
from sota_core.figures import palette
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.language import cached, tr
from sota_core.recipes.ladder import RUNGS

ROW = 54


def waterfall(of: Climb) -> Figure:
    """A row for each rung: a pale band around the rung below, a bar from there to here, a mark for each seed's run."""
    rises, falls, bands, seeds, ends, links, texts = ([] for _ in range(7))
    level: float | None = None
    for row, step in enumerate(of.steps):
        seeds += [
            {"row": row, "x": v, "what": tr("seed {seed}", seed=s)}
            for s, v in zip(step.seeds, step.values, strict=False)
        ]
        if step.mean is None:
            texts.append({"row": row, "x": None, "text": tr("still to come")})
            continue
        if level is not None and step.delta is not None:
            bar = {"row": row, "x": level, "x2": step.mean, "what": _told(step)}
            (rises if step.delta >= 0 else falls).append(bar)
            links.append({"row": row - 1, "row2": row, "x": level})
            if step.band is not None:
                bands.append({"row": row, "x": level - step.band, "x2": level + step.band})
        ends.append({"row": row, "x": step.mean, "what": _told(step)})
        high = max([step.mean, level or 0.0, *step.values, (level or 0.0) + (step.band or 0.0)])
        texts.append({"row": row, "x": high, "text": _label(step)})
        level = step.mean
    drawn = [r[k] for rows in (bands, seeds, ends) for r in rows for k in ("x", "x2") if k in r]
    low, top = _range(drawn)
    for text in texts:
        text["x"] = low if text["x"] is None else min(text["x"], top)
    # a band may reach beyond what is drawn, and the words stand at its end
    bands = [{**b, "x": max(b["x"], low), "x2": min(b["x2"], top)} for b in bands]
    lines = [{"row": row, "title": tr(r.title)} for row, r in enumerate(RUNGS)]
    rungs = [
        {"row": row, "top": row - 0.5, "foot": row + 0.5, "what": _told(step), "seeds": _seeds(step)}
        for row, step in enumerate(of.steps)
    ]
    return Figure(
        _spec(low, top),
        {
            "bands": bands,
            "rises": rises,
            "falls": falls,
            "seeds": seeds,
            "ends": ends,
            "links": links,
            "texts": texts,
            "lines": lines,
            "rungs": rungs,
        },
        tr("The ladder, accuracy rung by rung. {rungs}.", rungs="; ".join(_told(step) for step in of.steps)),
        tr("The ladder, accuracy rung by rung; the numbers are in the table."),
    )


def change(delta: float) -> str:
    """
    >>> change(-.0123)
    '−1.2'
    """
    return words.signed(100 * delta, 1)


def _label(step: Step) -> str:
    """What stands at the bar's right: the change, and noise where it is noise."""
    if step.delta is None:
        return words.percent(step.mean)
    return change(step.delta) + (f" · {tr(SAID[step.verdict])}" if step.verdict in (NOISE, FEW) else "")


def _told(step: Step) -> str:
    title = tr(step.rung.title)
    if step.mean is None:
        return tr("{rung}: still to come", rung=title)
    text = f"{title}: {words.percent(step.mean)}"
    if len(step.values) > 1:
        text += " " + tr("± {sd}, {n} seeds", sd=words.number(100 * (step.sd or 0.0), 1), n=len(step.values))
    if step.delta is not None:
        verdict = tr(SAID[step.verdict])
        if step.band is not None and step.verdict == NOISE:
            verdict = tr("{verdict} of ±{band}", verdict=verdict, band=words.number(100 * step.band, 1))
        text += f", {words.points(step.delta)}, {verdict}"
    return text


def _seeds(step: Step) -> str:
    """All runs of the rung, in words."""
    each = zip(step.seeds, step.values, strict=False)
    said = [tr("seed {seed}: {share}", seed=seed, share=words.percent(value, 2)) for seed, value in each]
    return ", ".join(said) or tr("none yet")


def _range(values: list[float]) -> tuple[float, float]:
    """Tenths around everything, with room for the words at the right: steps of a point must be seen."""
    if not values:
        return 0.0, 1.0
    low = max(0.0, math.floor(10 * min(values) - 0.2) / 10)
    return low, min(1.0, max(low + 0.2, math.ceil(10 * max(values) + 0.2) / 10))


@cached(32)
def _spec(low: float, top: float) -> dict:
    n = len(RUNGS)
    down = alt.Scale(domain=[-0.5, n - 0.5], reverse=True, nice=False)
    y = alt.Y("row:Q", scale=down, axis=None)
    scale = alt.Scale(domain=[low, low + 1.22 * (top - low)], nice=False, zero=False)
    ticks = [round(low + 0.1 * i, 1) for i in range(round(10 * (top - low)) + 1)]
    axis = alt.Axis(title=tr("accuracy"), values=ticks, format=".0%", grid=True, orient="bottom")
    x, x2 = alt.X("x:Q", scale=scale, axis=axis), alt.X2("x2:Q")
    tip = [alt.Tooltip("what:N", title=" ")]

    def bars(name: str, role: str) -> alt.Chart:
        mark = named(name, role).mark_bar(height=18, opacity=0.85, cornerRadius=2)
        return mark.encode(x=x, x2=x2, y=y, color=colour(), tooltip=tip)

    seed_tip = [alt.Tooltip("what:N", title=tr("run")), alt.Tooltip("x:Q", title=tr("accuracy"), format=".2%")]
    all_tip = [alt.Tooltip("what:N", title=" "), alt.Tooltip("seeds:N", title=tr("all runs"))]
    rung = alt.selection_point(name="rung", on="pointerover", clear="pointerout", fields=["row"], empty=False)
    end = named("ends", "published").mark_tick(height=26, thickness=2.5, orient="vertical")
    chart = alt.layer(
        named("rungs", "published")
        .mark_rect()
        .encode(
            y=alt.Y("top:Q", scale=down, axis=None),
            y2="foot:Q",
            color=colour(),
            opacity=alt.condition(rung, alt.value(0.08), alt.value(0)),
            tooltip=all_tip,
        )
        .add_params(rung),
        named("bands", "published")
        .mark_bar(height=34, opacity=0.2, cornerRadius=3)
        .encode(x=x, x2=x2, y=y, color=colour()),
        named("links", "published")
        .mark_rule(strokeDash=[2, 3], opacity=0.7)
        .encode(x=x, y=y, y2="row2:Q", color=colour()),
        bars("rises", "right"),
        bars("falls", "wrong"),
        end.encode(x=x, y=y, color=colour(), tooltip=tip),
        named("seeds", "valid")
        .mark_point(shape=palette.ROLES["valid"].marker, size=42, filled=False, strokeWidth=1.4, opacity=1)
        .encode(x=x, y=y, color=colour(), tooltip=seed_tip),
        named("lines", "published")
        .mark_text(align="left", baseline="bottom", dy=-17, fontSize=12.5)
        .encode(x=alt.datum(low, scale=scale), y=y, text="title:N", color=colour()),
        named("texts", "published")
        .mark_text(align="left", dx=9, fontSize=13, fontWeight=600)
        .encode(x=x, y=y, text="text:N", color=colour()),
    )
    return spec_of(chart.properties(width="container", height=ROW * n + 12))
