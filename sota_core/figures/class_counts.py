"""How many pictures a class has: bars, longest first only if the classes differ."""

from collections.abc import Mapping

import altair as alt

from sota_core import words
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.language import cached

ROW = 26
MAX_ROWS = 40


def class_counts(counts: Mapping[str, int]) -> Figure:
    """A bar for each class, at most 40; the number stands at its end."""
    shown = sorted(counts.items(), key=lambda item: -item[1])[:MAX_ROWS] if len(counts) > MAX_ROWS else counts.items()
    rows = [{"name": name, "count": n, "text": words.count(n)} for name, n in shown]
    low, high = min(counts.values(), default=0), max(counts.values(), default=0)
    spread = f"each with {words.count(low)}" if low == high else f"from {words.count(low)} to {words.count(high)} each"
    text = (
        f"{words.plural(len(counts), 'class', 'classes')} with {words.count(sum(counts.values()))} pictures, {spread}."
    )
    return Figure(_spec(len(rows), high), {"counts": rows}, text)


@cached(32)
def _spec(n: int, high: int) -> dict:
    y = alt.Y("name:N", sort=None, axis=alt.Axis(title=None, labelLimit=150))
    x = alt.X("count:Q", scale=alt.Scale(domain=[0, 1.15 * max(high, 1)], nice=False), axis=None)
    base = named("counts", "published").encode(y=y, x=x, tooltip=["name:N", alt.Tooltip("count:Q", format=",d")])
    bars = base.mark_bar(height=8, cornerRadiusEnd=2).encode(color=colour())
    labels = base.mark_text(align="left", dx=6).encode(text="text:N", color=colour())
    return spec_of(alt.layer(bars, labels).properties(width="container", height=ROW * max(n, 1)))
