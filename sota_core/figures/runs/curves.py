"""The curves of a run: loss by batch, accuracy by epoch with TTA after it, and the schedule.

All from a Series; published tables can lie beneath. Domains are fixed by what is known at the start, so that
nothing jumps while the run goes on.
"""

import math
from collections.abc import Sequence

import altair as alt

from sota_core import words
from sota_core.analysis.series import Series, thin
from sota_core.figures import palette
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.language import cached, tr, tr_n
from sota_core.published import SOURCES, Experiment

HEIGHT = 270
MAX_POINTS = 400  # more than a chart has pixels to tell apart
HIGHEST = 6.0  # of an axis of losses: a run that diverges would flatten what is below
TTA_SHARE = 0.22  # of the epochs' width, for the views after the last epoch


def loss_curve(series: Series, *, total_steps: int | None = None, is_recorded: bool = False) -> Figure:
    """Training loss by batch, raw and as fastai smooths it, with the validation loss where it was measured."""
    b = series.batches
    kept = thin(len(b), MAX_POINTS)
    rows = [{"step": b.step[i], "loss": b.loss[i], "smooth": b.smooth_loss[i], "phase": b.phase[i]} for i in kept]
    valid = [{"step": e.step, "loss": e.valid_loss} for e in series.epochs if e.step is not None]
    heights = [y for y in (*(r["smooth"] for r in rows), *(e.valid_loss for e in series.epochs)) if y is not None]
    steps = max(total_steps or series.total_steps, 1)
    last = words.loss(b.smooth_loss[-1]) if len(b) else tr("none yet")
    last_valid = words.loss(series.epochs[-1].valid_loss) if series.epochs else tr("none yet")
    return Figure(
        _loss_spec(steps, _ceiling(heights), is_recorded),
        {"batches": rows, "epochs": valid, "phases": [{"step": s} for s in series.phase_starts]},
        tr(
            "Loss over {n} batches. Smoothed training loss now {train}, validation loss {valid}.",
            n=words.count(steps),
            train=last,
            valid=last_valid,
        ),
        tr("Training loss by batch, raw and smoothed, and validation loss by epoch; the numbers are in the table."),
    )


def accuracy_curve(
    series: Series, *, n_epochs: int, n_views: int = 0, published: Experiment | None = None, is_recorded: bool = False
) -> Figure:
    """Validation accuracy by epoch; to the right of the last epoch the accuracy after each TTA view.

    `published` is drawn epoch by epoch beneath: the same number of pictures seen only where both have the same
    epochs. The whole axis from 0 to 100 % is shown, so that a gain looks as large as it is.
    """
    own = [{"x": i, "accuracy": row.accuracy, "n": row.n_valid} for i, row in enumerate(series.epochs, 1)]
    printed = [
        {"x": i, "accuracy": row.accuracy, "what": tr(published.title) if published else ""}
        for i, row in enumerate(published.rows if published else (), 1)
    ]
    end = max(n_epochs, len(printed), 1)
    width = _tta_width(end) if n_views else 0.0
    tta = [
        {"x": end + width * (0.15 + 0.85 * p.k / max(n_views, p.k, 1)), "accuracy": p.accuracy, "k": p.k, "n": p.n}
        for p in series.tta
    ]
    said = tr("none yet")
    if own:
        share = words.percent(own[-1]["accuracy"])
        said = tr("{share} after epoch {epoch} of {n_epochs}", share=share, epoch=len(own), n_epochs=n_epochs)
    if tta:
        share = words.percent(series.tta[-1].accuracy)
        views = tr_n("with {n} TTA view {share}", "with {n} TTA views {share}", series.tta[-1].k, share=share)
        said += f"; {views}"
    if published:
        said += ". " + tr(
            "Published, {source}: {share} after {n} epochs",
            source=tr(SOURCES[published.source]),
            share=words.percent(published.accuracy),
            n=len(printed),
        )
    return Figure(
        _accuracy_spec(end, bool(n_views), bool(published), is_recorded),
        {"epochs": own, "tta": tta, "published": printed},
        tr("Validation accuracy: {said}.", said=said),
        tr("Validation accuracy by epoch, and after each TTA view; the numbers are in the table."),
    )


def schedule_curve(series: Series, *, total_steps: int | None = None, lr_max: float = 3e-3) -> Figure:
    """Learning rate (solid, left axis) and momentum (dashed, right axis) by batch, on the loss curve's axis."""
    b = series.batches
    kept = thin(len(b), MAX_POINTS // 2)
    rows = [{"step": b.step[i], "lr": b.lr[i], "mom": b.mom[i]} for i in kept]
    steps = max(total_steps or series.total_steps, 1)
    now = tr("Not started.")
    if len(b):
        rate, momentum = words.short(b.lr[-1], 2), words.number(b.mom[-1], 2)
        now = tr("Learning rate now {rate}, momentum {momentum}.", rate=rate, momentum=momentum)
    return Figure(
        _schedule_spec(steps, lr_max),
        {"batches": rows},
        tr("Schedule over {n} batches. {now}", n=words.count(steps), now=now),
        tr("Learning rate and momentum by batch."),
    )


def legend(*, has_tta: bool, published: Experiment | None = None) -> tuple[str, str]:
    """The legends of the loss and the accuracy figure, in Streamlit's markdown: word and marker, then colour."""
    validation = palette.key("valid", tr("validation"))
    loss = palette.key("train", tr("training, smoothed")) + f" &emsp; {validation}"
    accuracy = [validation]
    if has_tta:
        accuracy.append(palette.key("tta", tr("with TTA")))
    if published:
        accuracy.append(palette.key("published", tr("published, {source}", source=tr(SOURCES[published.source]))))
    return loss, " &emsp; ".join(accuracy)


def _tta_width(n_epochs: int) -> float:
    return max(0.8, TTA_SHARE * n_epochs)


def _ceiling(heights: Sequence[float]) -> float:
    """The top of the loss axis: the next half above everything seen, at least 2.5 (ten classes start at 2.3).

    The first smoothed losses of a run can be far off: beyond HIGHEST the curve is cut, not squeezed.
    """
    return min(HIGHEST, max(2.5, math.ceil(2 * max(heights, default=0.0)) / 2))


def whole_ticks(total: int) -> list[int]:
    """Whole numbers from 0 to total, evenly apart, at most six. Vega's own could be halves, rounded when written.

    >>> whole_ticks(1), whole_ticks(3), whole_ticks(30), whole_ticks(735)
    ([0, 1], [0, 1, 2, 3], [0, 10, 20, 30], [0, 200, 400, 600])
    """
    steps = (digit * 10**power for power in range(12) for digit in (1, 2, 5))
    step = next(step for step in steps if total // step < 6)
    return list(range(0, total + 1, step))


def _steps(total: int) -> alt.X:
    return alt.X(
        "step:Q",
        scale=alt.Scale(domain=[0, 1.015 * total], nice=False),  # room for half a marker at the last batch
        axis=alt.Axis(title=tr("batch"), values=whole_ticks(total), format=",d", grid=False),
    )


@cached(64)
def _loss_spec(total: int, ceiling: float, is_recorded: bool) -> dict:
    x = _steps(total)
    y_scale = alt.Scale(domain=[0, ceiling], nice=False)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=y_scale, axis=alt.Axis(title=tr("loss"), tickCount=5, format=".1f"))

    rule = named("phases", "published").mark_rule(strokeDash=[2, 3], opacity=0.5).encode(x=x, color=colour())
    raw = named("batches", "train").mark_line(opacity=0.28, strokeWidth=1, clip=True)
    smooth = named("batches", "train").mark_line(strokeWidth=1.2 if is_recorded else 2.2, clip=True)
    valid = named("epochs", "valid")
    tip = [
        alt.Tooltip("step:Q", title=tr("batch"), format=",d"),
        alt.Tooltip("loss:Q", title="valid_loss", format=".3f"),
    ]
    smooth_tip = [tip[0], alt.Tooltip("smooth:Q", title=tr("train_loss, smoothed"), format=".3f")]
    chart = alt.layer(
        rule,
        raw.encode(x=x, y=y("loss"), color=colour(), detail="phase:N"),
        smooth.encode(x=x, y=y("smooth"), color=colour(), detail="phase:N", tooltip=smooth_tip),
        valid.mark_line(strokeWidth=1.2, opacity=0.6, clip=True).encode(x=x, y=y("loss"), color=colour()),
        valid.mark_point(shape=palette.ROLES["valid"].marker, filled=True, size=80, opacity=1, clip=True).encode(
            x=x, y=y("loss"), color=colour(), tooltip=tip
        ),
    )
    return spec_of(chart.properties(width="container", height=HEIGHT))


@cached(64)
def _accuracy_spec(end: int, has_tta: bool, has_published: bool, is_recorded: bool) -> dict:
    right = end + (1.12 * _tta_width(end) if has_tta else 0.15)
    every = max(1, math.ceil(end / 12))
    x = alt.X(
        "x:Q",
        scale=alt.Scale(domain=[0, right], nice=False),
        axis=alt.Axis(
            title=tr("epoch"), values=list(range(0, end + 1, every)), format="d", grid=False, titleAnchor="middle"
        ),
    )
    y = alt.Y(
        "accuracy:Q",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(title=tr("accuracy"), values=[0, 0.25, 0.5, 0.75, 1], format=".0%"),
    )
    tip = [
        alt.Tooltip("accuracy:Q", title=tr("accuracy"), format=".2%"),
        alt.Tooltip("n:Q", title=tr("pictures"), format=",d"),
    ]
    width = 1.2 if is_recorded else 2.2
    own, tta = named("epochs", "valid"), named("tta", "tta")
    layers: list[alt.Chart] = []
    if has_published:
        role = palette.ROLES["published"]
        layers += [
            named("published", "published")
            .mark_line(strokeDash=list(role.dash), strokeWidth=1.4)
            .encode(x=x, y=y, color=colour()),
            named("published", "published")
            .mark_point(shape=role.marker, filled=True, size=24, opacity=1)
            .encode(x=x, y=y, color=colour(), tooltip=[alt.Tooltip("what:N", title=tr("what")), tip[0]]),
        ]
    layers += [
        own.mark_line(strokeWidth=width).encode(x=x, y=y, color=colour()),
        own.mark_point(shape=palette.ROLES["valid"].marker, filled=True, size=80, opacity=1).encode(
            x=x, y=y, color=colour(), tooltip=[alt.Tooltip("x:Q", title=tr("epoch")), *tip]
        ),
    ]
    if has_tta:
        edge = alt.Chart(alt.Data(values=[{"x": end, "word": tr("TTA views"), "role": "published"}]))
        layers += [
            edge.mark_rule(strokeDash=[2, 3], opacity=0.5).encode(x=x, color=colour()),
            edge.mark_text(align="left", dx=6, dy=8, fontSize=11).encode(
                x=x, y=alt.value(0), text="word:N", color=colour()
            ),
            tta.mark_line(strokeWidth=1.2, opacity=0.6).encode(x=x, y=y, color=colour()),
            tta.mark_point(shape=palette.ROLES["tta"].marker, filled=True, size=90, opacity=1).encode(
                x=x, y=y, color=colour(), tooltip=[alt.Tooltip("k:Q", title=tr("views")), *tip]
            ),
        ]
    return spec_of(alt.layer(*layers).properties(width="container", height=HEIGHT))


@cached(64)
def _schedule_spec(total: int, lr_max: float) -> dict:
    def line(field: str, title: str, domain: list[float], form: str, dash: list[int]) -> alt.Chart:
        y = alt.Y(
            f"{field}:Q",
            scale=alt.Scale(domain=domain, nice=False),
            axis=alt.Axis(title=title, values=domain, format=form, grid=not dash),
        )
        tip = [
            alt.Tooltip("step:Q", title=tr("batch"), format=",d"),
            alt.Tooltip(f"{field}:Q", title=title, format=form),
        ]
        mark = named("batches", "train").mark_line(strokeWidth=1.8, strokeDash=dash)
        return mark.encode(x=_steps(total), y=y, color=colour(), tooltip=tip)

    both = alt.layer(
        line("lr", tr("rate"), [0, lr_max], "~g", []), line("mom", tr("momentum"), [0.8, 1.0], ".1f", [4, 3])
    ).resolve_scale(y="independent")
    return spec_of(both.properties(width="container", height=110))
