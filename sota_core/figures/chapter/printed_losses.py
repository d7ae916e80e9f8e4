"""The losses a printed experiment shows epoch by epoch: training, validation, and the floor none can pass."""

import math

import altair as alt

from sota_core import words
from sota_core.figures import palette
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.language import cached, tr
from sota_core.published import SOURCES, Experiment

HEIGHT = 220


def printed_losses(experiment: Experiment, *, floor: float | None = None) -> Figure:
    """Both losses as printed; `floor` is drawn as a dashed line where the loss has one."""
    rows = experiment.rows
    last = rows[-1]
    top = math.ceil(2 * max(max(r.train_loss, r.valid_loss) for r in rows)) / 2
    said = {
        "title": tr(experiment.title),
        "source": tr(SOURCES[experiment.source]),
        "n": len(rows),
        "train": words.loss(last.train_loss),
        "valid": words.loss(last.valid_loss),
    }
    text = tr(
        "Losses of {title}, as printed in {source}: after {n} epochs training {train}, validation {valid}.", **said
    )
    if floor is not None:
        text = tr(
            "Losses of {title}, as printed in {source}: after {n} epochs training {train}, validation {valid}; neither "
            "can fall below {floor}.",
            floor=words.loss(floor),
            **said,
        )
    return Figure(
        _spec(len(rows), top),
        {
            "train": [{"epoch": i, "loss": r.train_loss} for i, r in enumerate(rows, 1)],
            "valid": [{"epoch": i, "loss": r.valid_loss} for i, r in enumerate(rows, 1)],
            "floor": [] if floor is None else [{"loss": floor, "word": tr("floor {floor}", floor=words.loss(floor))}],
        },
        text,
    )


@cached(8)
def _spec(n: int, top: float) -> dict:
    x = alt.X(
        "epoch:Q",
        scale=alt.Scale(domain=[1, n], nice=False),
        axis=alt.Axis(title=tr("epoch"), format="d", values=[1, *range(5, n + 1, 5)]),
    )
    y = alt.Y(
        "loss:Q",
        scale=alt.Scale(domain=[0, top], nice=False),
        axis=alt.Axis(title=tr("loss"), tickCount=4, format=".1f"),
    )
    tip = [alt.Tooltip("epoch:Q", title=tr("epoch")), alt.Tooltip("loss:Q", title=tr("loss"), format=".3f")]
    layers: list[alt.Chart] = []
    for role in ("train", "valid"):
        shape = palette.ROLES[role].marker
        layers += [
            named(role, role).mark_line(strokeWidth=1.2).encode(x=x, y=y, color=colour()),
            named(role, role)
            .mark_point(shape=shape, filled=True, size=34, opacity=1)
            .encode(x=x, y=y, color=colour(), tooltip=tip),
        ]
    floor = named("floor", "published")
    layers += [
        floor.mark_rule(strokeDash=list(palette.ROLES["published"].dash)).encode(y=y, color=colour()),
        floor.mark_text(align="left", dx=4, dy=9).encode(x=alt.value(0), y=y, text="word:N", color=colour()),
    ]
    return spec_of(alt.layer(*layers).properties(width="container", height=HEIGHT))
