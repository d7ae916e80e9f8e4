"""Runs side by side on one scale: a line for each, its accuracy, and with TTA where there is one."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from sota_core import words
from sota_core.figures import palette
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.language import cached, tr

ROW = 40  # pixels a line is high in a file; on the screen it is as high as the name beside it


@dataclass(frozen=True, slots=True)
class Result:
    """One finished run. Shares in [0, 1]; `n` is the number of validation pictures."""

    label: str
    accuracy: float | None
    tta_accuracy: float | None
    n: int | None = None


def strip(results: Sequence[Result]) -> Figure:
    """Each run's marks, on the whole scale from 0 to 100 %, so that a gain looks as large as it is."""
    rows = [
        {"row": i, "what": what, "accuracy": value, "label": r.label, "n": r.n}
        for i, r in enumerate(results)
        for what, value in (("plain", r.accuracy), ("tta", r.tta_accuracy))
        if value is not None
    ]
    said = "; ".join(
        f"{r.label}: {words.percent(r.accuracy)}"
        + (tr(", with TTA {share}", share=words.percent(r.tta_accuracy)) if r.tta_accuracy is not None else "")
        for r in results
    )
    return Figure(
        _spec(len(results)),
        {
            "lines": [{"row": i} for i in range(len(results))],
            "plain": [r for r in rows if r["what"] == "plain"],
            "tta": [r for r in rows if r["what"] == "tta"],
        },
        tr("Accuracy of the latest runs. {runs}.", runs=said) if results else tr("No run yet."),
    )


@cached(32)
def _spec(n: int) -> dict:
    y = alt.Y("row:Q", scale=alt.Scale(domain=[-0.5, max(n, 1) - 0.5], reverse=True, nice=False), axis=None)
    x = alt.X(
        "accuracy:Q",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(title=None, values=[0, 0.25, 0.5, 0.75, 1], format=".0%", orient="bottom", grid=True),
    )
    tip = [
        alt.Tooltip("label:N", title=tr("run")),
        alt.Tooltip("accuracy:Q", title=tr("accuracy"), format=".2%"),
        alt.Tooltip("n:Q", title=tr("pictures"), format=",d"),
    ]
    lines = (
        named("lines", "published").mark_rule(opacity=0.35).encode(y=y, x=alt.datum(0), x2=alt.datum(1), color=colour())
    )

    def marks(name: str, role: str) -> alt.Chart:
        shape = palette.ROLES[role].marker
        mark = named(name, role).mark_point(shape=shape, filled=True, size=90, opacity=1)
        return mark.encode(x=x, y=y, color=colour(), tooltip=tip)

    chart = alt.layer(lines, marks("plain", "valid"), marks("tta", "tta"))
    return spec_of(chart.properties(width="container", height=ROW * max(n, 1)))
