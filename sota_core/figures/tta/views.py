"""Test-time augmentation drawn: what each view says and what they say together, the weights, and more views.

plain = orange diamond, augmented views and their combination = green triangles, as on a run's own curve.
"""

import functools
import math
from collections.abc import Sequence

import altair as alt
import numpy as np

from sota_core import words
from sota_core.figures import palette
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.functional.tta import view_weights
from sota_core.inference.predictions import Growth

ROW = 38  # pixels a class is high
N_SHOWN = 5  # classes, the most likely ones


def votes(
    names: Sequence[str], plain: np.ndarray, augmented: np.ndarray, combined: np.ndarray, label: int | None, order: str
) -> Figure:
    """Probability of the likeliest classes: a bar for the combination, over the marks of the single views.

    `order` names what is combined, for the text. The rows are chosen from the views and not from the
    combination, so that they stay while its weights are moved.

    Shapes
        plain, combined  (N,)
        augmented        (V, N)
        label            index of the true class, marked with a tick; None where unknown
    """
    seen = np.maximum(plain, augmented.max(axis=0))
    ranked = [int(i) for i in np.argsort(-seen, kind="stable")[:N_SHOWN]]
    if label is not None and label not in ranked:
        ranked[-1] = label
    shown = [f"✓ {names[i]}" if i == label else names[i] for i in ranked]
    first, second = int(plain.argmax()), int(combined.argmax())
    rows = list(zip(ranked, shown, strict=True))
    truth = "" if label is None else f" The true class is {names[label]}."
    return Figure(
        _votes_spec(tuple(shown)),
        {
            "combined": [
                {"name": name, "p": float(combined[i]), "text": f"{100 * combined[i]:.0f} %"} for i, name in rows
            ],
            "views": [
                {"name": name, "p": float(view[i]), "what": f"view {k}"}
                for k, view in enumerate(augmented, start=1)
                for i, name in rows
            ],
            "plain": [{"name": name, "p": float(plain[i]), "what": "plain view"} for i, name in rows],
        },
        f"The plain view says {names[first]}, {words.percent(float(plain[first]), 0)}; {order} "
        f"{names[second]}, {words.percent(float(combined[second]), 0)}.{truth}",
    )


def weights(n: int, beta: float) -> Figure:
    """The weight of each view in the sum, and the equal share that a plain average would give it."""
    of = view_weights(n, beta)
    share = 1 / (n + 1)
    rows = [{"view": "plain" if k == 0 else str(k), "w": float(w), "text": number(float(w))} for k, w in enumerate(of)]
    return Figure(
        _weights_spec(n),
        {"plain": rows[:1], "views": rows[1:], "equal": [{"w": share, "text": f"equal shares: {number(share)}"}]},
        f"Weights: plain {number(float(of[0]))}, each of {words.plural(n, 'augmented view')} {number(float(of[1]))}; "
        f"equal shares would be {number(share)}.",
    )


def growth_curve(found: Sequence[Growth], chosen: int, n: int) -> Figure:
    """Accuracy by number of augmented views on `n` pictures: the mean over orders of the views, and their range.

    The axis shows a part of the scale, and says so: what is looked at are single pictures.
    """
    low = math.floor(20 * (min(g.low for g in found) - 0.01)) / 20
    high = math.ceil(20 * (max(g.high for g in found) + 0.01)) / 20
    rows = [{"k": g.k, "mean": g.mean, "low": g.low, "high": g.high} for g in found]
    return Figure(
        _growth_spec(max(found[-1].k, 1), max(low, 0.0), min(high, 1.0)),
        {
            "range": rows[1:],
            "plain": [{"mean": found[0].mean, "k": 0, "text": "plain view alone"}],
            "chosen": [rows[min(chosen, len(rows) - 1)]],
        },
        f"Accuracy on {words.plural(n, 'picture')}: plain {words.percent(found[0].mean)}; "
        + "; ".join(f"{words.plural(g.k, 'view')} {words.percent(g.mean)}" for g in found[1:])
        + ". The vertical axis shows a part of the scale.",
    )


def number(weight: float) -> str:
    """A weight as it stands in a sum: as many decimals as it has, four at most.

    >>> number(.1875), number(.25), number(1.0)
    ('.1875', '.25', '1')
    """
    text = f"{weight:.4f}".rstrip("0").rstrip(".")
    return text.removeprefix("0") if text.startswith("0.") else text


@functools.lru_cache(maxsize=32)
def _votes_spec(names: tuple[str, ...]) -> dict:
    y = alt.Y(
        "name:N",
        scale=alt.Scale(domain=list(names)),
        axis=alt.Axis(title=None, labelLimit=130, labelFontSize=13, minExtent=112),
    )
    x = alt.X(
        "p:Q",
        scale=alt.Scale(domain=[0, 1.18], nice=False),
        axis=alt.Axis(title="probability", values=[0, 0.25, 0.5, 0.75, 1], format=".0%", grid=True),
    )
    tip = [alt.Tooltip("what:N", title="view"), alt.Tooltip("p:Q", title="probability", format=".1%")]
    total = named("combined", "tta")
    chart = alt.layer(
        total.mark_bar(height=20, opacity=0.28, cornerRadiusEnd=3).encode(y=y, x=x, color=colour()),
        # in a column of its own: beside the bar it would lie under the marks
        total.mark_text(align="right", fontWeight=600).encode(y=y, x=alt.value("width"), text="text:N", color=colour()),
        named("views", "tta")
        .mark_point(shape=palette.ROLES["tta"].marker, filled=True, size=60, opacity=0.85)
        .encode(y=y, x=x, color=colour(), tooltip=tip),
        named("plain", "valid")
        .mark_point(shape=palette.ROLES["valid"].marker, filled=True, size=110, opacity=1)
        .encode(y=y, x=x, color=colour(), tooltip=tip),
    )
    return spec_of(chart.properties(width="container", height=ROW * len(names)))


@functools.lru_cache(maxsize=32)
def _weights_spec(n: int) -> dict:
    order = ["plain", *(str(k) for k in range(1, n + 1))]
    x = alt.X("view:N", scale=alt.Scale(domain=order, paddingInner=0.35), axis=alt.Axis(title="view", labelAngle=0))
    y = alt.Y("w:Q", scale=alt.Scale(domain=[0, 1.12], nice=False), axis=alt.Axis(title="weight", values=[0, 0.5, 1]))

    def bars(name: str, role: str) -> list[alt.Chart]:
        base = named(name, role)
        return [
            base.mark_bar(cornerRadiusEnd=2).encode(x=x, y=y, color=colour()),
            base.mark_text(dy=-12, fontSize=12 if n < 6 else 10).encode(x=x, y=y, text="text:N", color=colour()),
        ]

    equal = named("equal", "published")
    chart = alt.layer(
        *bars("plain", "valid"),
        *bars("views", "tta"),
        equal.mark_rule(strokeDash=[5, 4]).encode(y=y, color=colour()),
        equal.mark_text(align="right", dy=-22, fontSize=11).encode(
            y=y, x=alt.value("width"), text="text:N", color=colour()
        ),
    )
    return spec_of(chart.properties(width="container", height=170))


@functools.lru_cache(maxsize=32)
def _growth_spec(n_views: int, low: float, high: float) -> dict:
    every = max(1, math.ceil(n_views / 12))
    x = alt.X(
        "k:Q",
        scale=alt.Scale(domain=[-0.35, n_views + 0.35], nice=False),
        axis=alt.Axis(title="augmented views", values=list(range(0, n_views + 1, every)), format="d", grid=False),
    )
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    axis = alt.Axis(title="accuracy (part of the scale)", format=".0%", tickCount=5)
    y = alt.Y("mean:Q", scale=scale, axis=axis)
    many, plain = named("range", "tta"), named("plain", "valid")
    tip = [
        alt.Tooltip("k:Q", title="views"),
        alt.Tooltip("mean:Q", title="accuracy, mean", format=".2%"),
        alt.Tooltip("low:Q", title="lowest order", format=".2%"),
        alt.Tooltip("high:Q", title="highest order", format=".2%"),
    ]
    chart = alt.layer(
        many.mark_area(opacity=0.16).encode(x=x, y=alt.Y("low:Q", scale=scale, axis=axis), y2="high:Q", color=colour()),
        plain.mark_rule(strokeDash=[4, 3]).encode(y=y, color=colour()),
        plain.mark_text(align="right", dy=12, fontSize=11).encode(
            y=y, x=alt.value("width"), text="text:N", color=colour()
        ),
        plain.mark_point(shape=palette.ROLES["valid"].marker, filled=True, size=110, opacity=1).encode(
            x=x, y=y, color=colour()
        ),
        many.mark_line(strokeWidth=1.6).encode(x=x, y=y, color=colour()),
        many.mark_point(shape=palette.ROLES["tta"].marker, filled=True, size=70, opacity=1).encode(
            x=x, y=y, color=colour(), tooltip=tip
        ),
        named("chosen", "accent").mark_point(size=260, strokeWidth=2, filled=False).encode(x=x, y=y, color=colour()),
    )
    return spec_of(chart.properties(width="container", height=250))
