"""Loss against the logit of the right class, all other logits at 0: where smoothing puts the optimum and the floor."""

import functools
import math

import altair as alt
import numpy as np

from sota_core import words
from sota_core.figures import palette
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.figures.label_smoothing.smoothed import Smoothed
from sota_core.functional.smoothing import one_hot, smooth_targets, soft_cross_entropy

HEIGHT = 250
LOGITS = (-2.0, 16.0)


def loss_by_logit(what: Smoothed) -> Figure:
    """The smoothed loss solid, the plain one dashed; the optimum, the floor, and where the prediction stands."""
    z = np.linspace(*LOGITS, 181)
    logits = z[:, None] * one_hot(np.array([0]), what.n_classes)  # (181, N): which class is right does not matter
    rows = {}
    for name, eps in (("smoothed", what.eps), ("plain", 0.0)):
        target = smooth_targets(np.array([0]), what.n_classes, eps)
        loss = soft_cross_entropy(logits, np.broadcast_to(target, logits.shape))
        rows[name] = [{"logit": float(a), "loss": float(b)} for a, b in zip(z, loss, strict=True)]
    floor = what.floor
    is_finite = math.isfinite(what.best_logit)
    best = (
        [{"logit": what.best_logit, "loss": floor, "word": f"lowest at {what.best_logit:.2f}: {words.loss(floor)}"}]
        if is_finite and LOGITS[0] <= what.best_logit <= LOGITS[1]
        else []
    )
    rows |= {
        "best": best,
        "floor": [{"loss": floor, "word": f"floor {words.loss(floor)}"}] if what.eps else [],
        "now": [{"logit": what.logit, "loss": what.loss, "word": words.loss(what.loss)}],
    }
    said = (
        f"lowest at a logit of {what.best_logit:.2f}, where it is {words.loss(floor)}, and rising beyond"
        if is_finite
        else "falling for ever towards 0"
    )
    text = (
        f"Loss against the right class's logit for {words.count(what.n_classes)} classes and ε = {what.eps:.2f}: "
        f"{said}. At a logit of {what.logit:.2f} the loss is {words.loss(what.loss)}, plain cross-entropy "
        f"{words.loss(what.plain_loss)}."
    )
    top = max(row["loss"] for name in ("smoothed", "plain") for row in rows[name])
    return Figure(_spec(math.ceil(top)), rows, text)


@functools.lru_cache(maxsize=16)
def _spec(top: float) -> dict:
    x = alt.X(
        "logit:Q",
        scale=alt.Scale(domain=list(LOGITS), nice=False),
        axis=alt.Axis(title="logit of the right class, all others 0", tickCount=9),
    )
    y = alt.Y(
        "loss:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=alt.Axis(title="loss", tickCount=5, format=".1f")
    )
    tip = [alt.Tooltip("logit:Q", format=".2f"), alt.Tooltip("loss:Q", format=".3f")]
    baseline = palette.ROLES["published"]
    plain, floor = named("plain", "published"), named("floor", "published")
    best, now = named("best", "right"), named("now", "accent")
    chart = alt.layer(
        floor.mark_rule(strokeDash=[2, 3]).encode(y=y, color=colour()),
        floor.mark_text(align="right", dx=-4, dy=9).encode(x=alt.value("width"), y=y, text="word:N", color=colour()),
        plain.mark_line(strokeDash=list(baseline.dash), strokeWidth=1.4).encode(x=x, y=y, color=colour(), tooltip=tip),
        named("smoothed", "train").mark_line(strokeWidth=2.2).encode(x=x, y=y, color=colour(), tooltip=tip),
        best.mark_rule(strokeDash=[4, 3], opacity=0.7).encode(x=x, color=colour()),
        best.mark_point(shape="diamond", filled=True, size=110, opacity=1).encode(
            x=x, y=y, color=colour(), tooltip=tip
        ),
        best.mark_text(align="left", dx=7, dy=8).encode(x=x, y=alt.value(0), text="word:N", color=colour()),
        now.mark_point(shape="circle", filled=True, size=130, opacity=1).encode(x=x, y=y, color=colour(), tooltip=tip),
        now.mark_text(align="left", dx=9, dy=-9).encode(x=x, y=y, text="word:N", color=colour()),
    )
    return spec_of(chart.properties(width="container", height=HEIGHT))
