"""Accuracy of one net by the size its pictures are shown to it at: most right answers lie above its training size."""

import altair as alt

from sota_core import words
from sota_core.figures import palette
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.inference.other_sizes import OtherSizes
from sota_core.language import cached, tr, tr_n

HEIGHT = 240
TICK = 0.1  # of accuracy: where the axis ends


def by_size(found: OtherSizes) -> Figure:
    """A point a size; its bar is the noise of its difference from the net's own size. Dashed: that size."""
    counted = found.counted()
    rows = [
        {
            "size": at.size,
            "accuracy": at.accuracy,
            "low": at.accuracy - at.noise,
            "high": at.accuracy + at.noise,
            "text": tr("{n_right} of {n}, {gain}", n_right=at.n_right, n=at.n, gain=words.points(at.gain)),
        }
        for at in counted
    ]
    bottom = int(min(row["low"] for row in rows) / TICK) * TICK
    said = ", ".join(f"{at.size} px {words.percent(at.accuracy)}" for at in counted)
    return Figure(
        _spec(counted[0].size, counted[-1].size, round(bottom, 1)),
        {"sizes": rows, "own": [{"size": found.own, "text": tr("trained at")}]},
        tr_n(
            "Accuracy on {n} picture by the size of the test, trained at {own} px: {said}. The vertical axis shows "
            "a part of the scale.",
            "Accuracy on {n} pictures by the size of the test, trained at {own} px: {said}. "
            "The vertical axis shows a part of the scale.",
            counted[0].n,
            own=found.own,
            said=said,
        ),
    )


@cached(4)
def _spec(smallest: int, largest: int, bottom: float) -> dict:
    room = (largest - smallest) / 20
    x = alt.X(
        "size:Q",
        scale=alt.Scale(domain=[smallest - room, largest + room], nice=False, zero=False),
        axis=alt.Axis(title=tr("size of the test pictures, px"), tickCount=7),
    )
    scale = alt.Scale(domain=[bottom, 1], nice=False, zero=False)
    y = alt.Y("accuracy:Q", scale=scale, axis=alt.Axis(title=tr("right answers"), format=".0%", tickCount=5))
    sizes = named("sizes", "valid").encode(x=x, color=colour())
    noise = sizes.mark_rule(strokeWidth=1.5, opacity=0.6).encode(y=alt.Y("low:Q", scale=scale), y2="high:Q")
    line = sizes.mark_line(strokeWidth=2).encode(y=y)
    point = sizes.mark_point(shape=palette.ROLES["valid"].marker, filled=True, size=70, opacity=1)
    own = named("own", "published").encode(x=x, color=colour())
    rule = own.mark_rule(strokeWidth=1.5, strokeDash=list(palette.ROLES["published"].dash))
    said = own.mark_text(align="right", baseline="bottom", dx=-6, dy=-6).encode(y=alt.value("height"), text="text:N")
    layers = (rule, said, noise, line, point.encode(y=y, tooltip=["size:Q", "text:N"]))
    return spec_of(alt.layer(*layers).properties(width="container", height=HEIGHT))
