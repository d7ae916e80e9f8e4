"""Features of a run's pictures as points on a plane: classes by colour and shape, mistakes ringed."""

from collections.abc import Sequence

import altair as alt
import numpy as np

from sota_core import words
from sota_core.figures import palette
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.inference.feature_map import FeatureMap
from sota_core.language import cached, tr, tr_n

HEIGHT = 330
MOST = len(palette.LINES)  # classes: no more can be told apart by colour
SHAPES = ("diamond", "circle", "square", "triangle-up", "triangle-down")
_ROOM = 1.12  # around the outermost points
_ASPECT = 0.6  # height to width of a map that is half a wide screen: there both axes have one scale


def points(of: FeatureMap, names: Sequence[str], classes: Sequence[int]) -> Figure:
    """One data set a class, in the order of `classes`; `names` are of all the run's classes."""
    rows = [
        {
            "x": float(x),
            "y": float(y),
            "class": names[label],
            "answer": tr("right") if right else tr("wrong"),
            "label": int(label),
            "is_wrong": not right,
        }
        for (x, y), label, right in zip(of.xy, of.labels, of.is_right, strict=True)
    ]
    sets = {f"class{i}": [row for row in rows if row["label"] == c] for i, c in enumerate(classes)}
    middles = [
        {"x": float(np.mean([r["x"] for r in own])), "y": float(np.mean([r["y"] for r in own])), "class": names[c]}
        for c, own in zip(classes, sets.values(), strict=True)
        if own
    ]
    wrong = [row for row in rows if row["is_wrong"]]
    told = ", ".join(f"{names[c]} {len(own)}" for c, own in zip(classes, sets.values(), strict=True))
    return Figure(
        _spec(len(classes), *_frame(of.xy)),
        {**sets, "mistakes": wrong, "middles": middles},
        tr_n(
            "Features of {n} picture on two directions: {classes}; {wrong} answered wrong. {share} of their variance "
            "lies within the classes.",
            "Features of {n} pictures on two directions: {classes}; {wrong} answered wrong. {share} of their variance "
            "lies within the classes.",
            len(of),
            classes=told,
            wrong=len(wrong),
            share=words.percent(of.within),
        ),
    )


def legend(names: Sequence[str], classes: Sequence[int]) -> str:
    """The classes' marks in words, for Streamlit's markdown."""
    glyphs = dict(zip(SHAPES, "◆●■▲▼", strict=True))
    keys = [
        f":{palette.ROLES[role].markdown}[{glyphs[shape]} {words.markdown_safe(names[c])}]"
        for c, role, shape in zip(classes, palette.LINES, SHAPES, strict=False)
    ]
    wrong = tr("answered wrong")
    return " · ".join([*keys, f":red[○ {wrong}]"])


def what_they_say(found: Sequence[tuple[str, FeatureMap]]) -> str:
    """How much of the variance lies within the classes, of one run or two."""
    each = [tr("{share} for **{run}**", share=words.percent(of.within), run=name) for name, of in found]
    counts = sorted({len(of) for _, of in found})
    told = tr(
        "Of the variance of these features, {shares} lies within the classes, the rest between them ({n} pictures).",
        shares=tr(" and ").join(each),
        n=tr(" and ").join(words.count(n) for n in counts),
    )
    return told + (" " + tr("One run each: another seed moves both.") if len(found) > 1 else "")


def _frame(xy: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """The plot's left and right, bottom and top, around the middle of all points."""
    low, high = xy.min(0), xy.max(0)
    middle, size = (low + high) / 2, high - low
    half = _ROOM / 2 * max(float(size[0]), float(size[1]) / _ASPECT, 1e-6)
    x, y = float(middle[0]), float(middle[1])
    return (x - half, x + half), (y - _ASPECT * half, y + _ASPECT * half)


@cached(32)
def _spec(n_classes: int, across: tuple[float, float], up: tuple[float, float]) -> dict:
    def axis(title: str) -> alt.Axis:
        return alt.Axis(title=title, labels=False, grid=False, tickCount=0, titleFontSize=11)

    x = alt.X("x:Q", scale=alt.Scale(domain=list(across), nice=False), axis=axis(tr("first direction")))
    y = alt.Y("y:Q", scale=alt.Scale(domain=list(up), nice=False), axis=axis(tr("second direction")))
    tip = [alt.Tooltip("class:N", title=tr("is")), alt.Tooltip("answer:N", title=tr("answered"))]
    layers = []
    for i, (role, shape) in enumerate(zip(palette.LINES[:n_classes], SHAPES, strict=False)):
        mark = named(f"class{i}", role).mark_point(shape=shape, filled=True, size=34, opacity=0.7)
        layers.append(mark.encode(x=x, y=y, color=colour(), tooltip=tip))
    ring = named("mistakes", "wrong").mark_point(shape="circle", filled=False, size=90, strokeWidth=1, opacity=0.7)
    layers.append(ring.encode(x=x, y=y, color=colour(), tooltip=tip))
    text = named("middles", "published").mark_text(fontSize=12, fontWeight=600).encode(x=x, y=y, text="class:N")
    # over points a name can be read only with the page's background around its letters
    around = {"stroke": alt.value(palette.GROUND), "strokeWidth": alt.value(4), "strokeOpacity": alt.value(0.85)}
    layers.append(text.encode(color=alt.value(palette.GROUND), **around))
    layers.append(text.encode(color=alt.value("currentColor")))
    return spec_of(alt.layer(*layers).properties(width="container", height=HEIGHT))
