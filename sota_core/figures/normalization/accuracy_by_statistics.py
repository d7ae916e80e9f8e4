"""One net's accuracy on the same pictures under several kinds of statistics, on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from sota_core import words
from sota_core.figures import palette
from sota_core.figures.figure import Figure, beside, colour, named, spec_of
from sota_core.language import cached, tr, tr_n


@dataclass(frozen=True, slots=True)
class Judged:
    """Accuracy of one net on the same n pictures, under some statistics."""

    label: str
    accuracy: float
    n: int
    is_right: bool = False


def accuracies(rows: Sequence[Judged]) -> Figure:
    """A mark for each kind of statistics on the whole scale; dashed: the net's own."""
    data = [
        {"label": r.label, "accuracy": r.accuracy, "order": i, "text": words.percent(r.accuracy), "n": r.n}
        for i, r in enumerate(rows)
    ]
    right = next((r.accuracy for r in rows if r.is_right), None)
    said = "; ".join(f"{r.label}: {words.percent(r.accuracy)}" for r in rows)
    n = rows[0].n if rows else 0
    return Figure(
        _accuracy_spec(len(rows)),
        {
            "right": [d for d, r in zip(data, rows, strict=True) if r.is_right],
            "wrong": [d for d, r in zip(data, rows, strict=True) if not r.is_right],
            "level": [] if right is None else [{"accuracy": right}],
        },
        tr_n(
            "Accuracy on {n} picture with each kind of statistics. {said}.",
            "Accuracy on {n} pictures with each kind of statistics. {said}.",
            n,
            said=said,
        ),
    )


@cached(16)
def _accuracy_spec(n: int) -> dict:
    y = alt.Y("label:N", sort=alt.SortField("order"), axis=alt.Axis(title=None, labelLimit=190))
    x = alt.X(
        "accuracy:Q",
        scale=alt.Scale(domain=[0, 1.12], nice=False),
        axis=alt.Axis(title=tr("right answers"), values=[0, 0.25, 0.5, 0.75, 1], format=".0%", grid=True),
    )
    dash = list(palette.ROLES["published"].dash)
    level = named("level", "published").mark_rule(strokeDash=dash, strokeWidth=1.5).encode(x=x, color=colour())

    tooltip = [
        alt.Tooltip("label:N", title=tr("statistics")),
        alt.Tooltip("text:N", title=tr("accuracy")),
        alt.Tooltip("n:Q", title=tr("pictures")),
    ]

    def marks(role: str) -> list[alt.Chart]:
        base = named(role, role).encode(x=x, y=y, color=colour(), tooltip=tooltip)
        point = base.mark_point(shape=palette.ROLES[role].marker, filled=True, size=110, opacity=1)
        return [point, base.mark_text(**beside("accuracy", 11)).encode(text="text:N")]

    layers = [level, *marks("right"), *marks("wrong")]
    return spec_of(alt.layer(*layers).properties(width="container", height=max(1, n) * 38 + 20))
