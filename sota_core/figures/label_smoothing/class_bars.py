"""Vectors over the classes as bars, side by side: label and target, prediction and gradient, a mixed target.

Panels stand in one figure, so that the classes stay in line, and keep their height whatever N is.
"""

import functools
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from sota_core import words
from sota_core.figures import palette
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.figures.label_smoothing.smoothed import Smoothed

ROW, HEAD = 23, 30  # pixels of a class's row, and of the panels' titles
MAX_ROWS = 10  # with more classes, the first ones and the label's stand for all
GAP = 0.34  # between panels, in widths of a panel: room for the number


def shown_classes(n_classes: int, labels: Sequence[int]) -> list[int]:
    """The classes with a row of their own: all of them, or the first with the labels' own among them."""
    if n_classes <= MAX_ROWS:
        return list(range(n_classes))
    first = [k for k in range(MAX_ROWS) if k not in labels]
    return sorted([*first[: MAX_ROWS - len(set(labels))], *set(labels)])


def digits(values: np.ndarray) -> int:
    """Decimals by which the smallest positive value can still be told from 0: two at least, five at most."""
    positive = np.abs(values[np.abs(values) > 1e-12])
    if not len(positive):
        return 2
    return int(np.clip(np.ceil(-np.log10(positive.min())), 2, 5))


def target_bars(what: Smoothed) -> Figure:
    """Label, one-hot vector and smoothed target, a row for each class."""
    text = (
        f"Class {what.label} of {what.n_classes}: the one-hot vector gives it 1 and all others 0; smoothed with "
        f"ε = {what.eps:.2f} it gets {what.on:.4g} and each other class {what.off:.2g}."
    )
    return panels((("one-hot", what.one_hot), ("smoothed target", what.target)), (what.label,), text)


def gradient_bars(what: Smoothed) -> Figure:
    """Prediction and gradient, a row for each class: the gradient is softmax minus target."""
    text = (
        f"With the right logit at {what.logit:.2f} softmax gives class {what.label} "
        f"{what.probs[what.label]:.3f}; the gradient by its logit is {what.grad[what.label]:.3f}, "
        f"by each other one {what.other_grad:.2g}."
    )
    return panels((("softmax", what.probs), ("− target = gradient", what.grad)), (what.label,), text)


def mixed_bars(target: np.ndarray, labels: tuple[int, int]) -> Figure:
    """The target of a mixed and smoothed picture."""
    rest = [k for k in range(len(target)) if k not in labels]
    text = ", ".join(f"class {k} {target[k]:.3f}" for k in dict.fromkeys(labels))
    text = f"Target of the mix: {text}" + (f", each other class {target[rest[0]]:.2g}." if rest else ".")
    return panels((("target of the mix", target),), labels, text, of_mixup=True)


def panels(
    columns: Sequence[tuple[str, np.ndarray]], labels: Sequence[int], text: str, *, of_mixup: bool = False
) -> Figure:
    """Vectors over the classes, side by side. The labels' bars are marked as right, others as wrong.

    With `of_mixup` the two labels bear the hues of mixup's two pictures instead.

    Shapes
        each vector  (N,)  in [−1, 1]
    """
    n = len(columns[0][1])
    classes = shown_classes(n, labels)
    own_roles = ("picture_a", "picture_b") if of_mixup else ("right",)
    role_of = dict(zip(reversed(labels), reversed(own_roles), strict=True)) if of_mixup else {labels[0]: "right"}
    heads, rows, zeros = [], [], []
    for i, (title, values) in enumerate(columns):
        start = i * (1 + GAP)
        # A gradient goes both ways: its zero stands in the middle, and a unit is half as wide.
        zero, unit = (start + 0.5, 0.5) if values.min() < 0 or "gradient" in title else (start, 1.0)
        heads.append({"x": start, "row": -1, "word": title})
        zeros.append({"x": zero, "row": -0.5, "end": len(classes) - 0.5})
        places = digits(values)
        for row, k in enumerate(classes):
            value = float(values[k])
            end = zero + unit * value
            rows.append(
                {
                    "role": role_of.get(k, "wrong"),
                    "class": k,
                    "row": row,
                    "x0": zero,
                    "x1": end,
                    "at": max(end, zero),
                    "value": value,
                    "word": _signed(value, places, "gradient" in title),
                    "what": title,
                }
            )
    names = [
        {"row": row, "word": f"{palette.ROLES[role_of[k]].glyph} {k}" if k in role_of else f"{k}"}
        for row, k in enumerate(classes)
    ]
    hidden = n - len(classes)
    note = [{"row": len(classes), "word": f"… and {words.count(hidden)} classes more"}] if hidden else []
    return Figure(
        _spec(len(columns), MAX_ROWS),
        {"bars": rows, "heads": heads, "zeros": zeros, "names": names, "note": note},
        text,
    )


def _signed(value: float, places: int, is_signed: bool) -> str:
    text = f"{abs(value):.{places}f}"
    if float(text) == 0:
        return "0" if value == 0 else text
    return ("+" if value > 0 else "−") + text if is_signed else text


@functools.lru_cache(maxsize=16)
def _spec(n_panels: int, n_rows: int) -> dict:
    width = n_panels * (1 + GAP)
    x_scale = alt.Scale(domain=[-0.16, width], nice=False)
    y_scale = alt.Scale(domain=[-1.6, n_rows + 0.6], reverse=True, nice=False)

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=x_scale, axis=None)

    y = alt.Y("row:Q", scale=y_scale, axis=None)
    tip = [
        alt.Tooltip("what:N", title="vector"),
        alt.Tooltip("class:Q", title="class", format="d"),
        alt.Tooltip("value:Q", format=".6f"),
    ]
    bars = alt.Chart(alt.NamedData(name="bars"))

    def words_of(name: str, **look: Any) -> alt.Chart:
        """Grey, as every text: black would vanish on a dark ground."""
        return named(name, "published").mark_text(**look).encode(y=y, text="word:N", color=colour())

    chart = alt.layer(
        named("zeros", "published").mark_rule(opacity=0.45).encode(x=x("x"), y=y, y2="end:Q", color=colour()),
        bars.mark_bar(height=11, cornerRadius=2).encode(x=x("x0"), x2="x1:Q", y=y, color=colour(), tooltip=tip),
        words_of("bars", align="left", dx=5).encode(x=x("at")),
        words_of("heads", align="left", fontWeight="bold").encode(x=x("x")),
        words_of("names", align="right", dx=-6).encode(x=alt.datum(0)),
        words_of("note", align="left").encode(x=alt.datum(0)),
    )
    return spec_of(chart.properties(width="container", height=ROW * (n_rows + 1) + HEAD))
