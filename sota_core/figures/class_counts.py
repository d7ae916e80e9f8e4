"""How many pictures a class has: bars, longest first only if there are more than MAX_ROWS classes."""

from collections.abc import Mapping

import altair as alt

from sota_core import words
from sota_core.figures.figure import Figure, beside, colour, named, spec_of
from sota_core.language import cached, tr, tr_n

ROW = 26
MAX_ROWS = 40


def what_is_shown(n_classes: int) -> str:
    """A sentence on which classes have a bar; empty if all have one."""
    return tr("Shown are the {n} classes with most pictures.", n=MAX_ROWS) if n_classes > MAX_ROWS else ""


def class_counts(counts: Mapping[str, int]) -> Figure:
    """A bar for each class, at most 40; the number stands at its end."""
    shown = sorted(counts.items(), key=lambda item: -item[1])[:MAX_ROWS] if len(counts) > MAX_ROWS else counts.items()
    rows = [{"name": name, "count": n, "text": words.count(n)} for name, n in shown]
    low, high = min(counts.values(), default=0), max(counts.values(), default=0)
    said = {"total": words.count(sum(counts.values())), "low": words.count(low), "high": words.count(high)}
    text = (
        tr_n(
            "{n} class with {total} pictures, each with {low}.",
            "{n} classes with {total} pictures, each with {low}.",
            len(counts),
            **said,
        )
        if low == high
        else tr_n(
            "{n} class with {total} pictures, from {low} to {high} each.",
            "{n} classes with {total} pictures, from {low} to {high} each.",
            len(counts),
            **said,
        )
    )
    return Figure(_spec(len(rows), high), {"counts": rows}, f"{text} {what_is_shown(len(counts))}".rstrip())


@cached(32)
def _spec(n: int, high: int) -> dict:
    y = alt.Y("name:N", sort=None, axis=alt.Axis(title=None, labelLimit=150))
    x = alt.X("count:Q", scale=alt.Scale(domain=[0, 1.15 * max(high, 1)], nice=False), axis=None)
    tooltip = [alt.Tooltip("name:N", title=tr("class")), alt.Tooltip("text:N", title=tr("pictures"))]
    base = named("counts", "published").encode(y=y, x=x, tooltip=tooltip)
    bars = base.mark_bar(height=8, cornerRadiusEnd=2).encode(color=colour())
    labels = base.mark_text(**beside("count", 6)).encode(text="text:N", color=colour())
    return spec_of(alt.layer(bars, labels).properties(width="container", height=ROW * max(n, 1)))
