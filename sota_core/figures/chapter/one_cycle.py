"""Learning rate and momentum over a one-cycle run, drawn by functional/schedule.one_cycle."""

import altair as alt

from sota_core import words
from sota_core.figures import palette
from sota_core.figures.chapter.peak import in_words
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.functional.schedule import one_cycle
from sota_core.language import cached, tr

HEIGHT = 200
MAX_POINTS = 200


def one_cycle_curve(n_epochs: int, steps_an_epoch: int, lr_max: float, *, now: int) -> Figure:
    """Rate solid on the left axis, momentum dashed on the right, and where on them a training is.

    n_epochs  how long the run is, steps_an_epoch  how many batches one epoch has
    now       a step from 0, marked on both lines
    """
    n_steps = n_epochs * steps_an_epoch
    rates, momenta = one_cycle(n_steps, lr_max)
    every = max(1, n_steps // MAX_POINTS)

    def row(k: int) -> dict[str, float]:
        return {"epoch": k / steps_an_epoch, "lr": float(rates[k]), "mom": float(momenta[k])}

    rows = [row(k) for k in range(0, n_steps, every)]
    rate = words.short(float(rates[now]), 2)
    said = tr("Now, at batch {k} of {n}, the rate is {rate}.", k=now + 1, n=n_steps, rate=rate)
    return Figure(
        _spec(n_epochs, lr_max),
        {"steps": rows, "now": [row(now)]},
        f"{in_words(lr_max, rates, n_epochs)} {said}",
        tr("The whole schedule, and where on it the training is."),
    )


@cached(32)
def _spec(n_epochs: int, lr_max: float) -> dict:
    x = alt.X(
        "epoch:Q",
        scale=alt.Scale(domain=[0, n_epochs], nice=False),
        axis=alt.Axis(title=tr("epoch"), format="d", values=list(range(0, n_epochs + 1, max(1, n_epochs // 10)))),
    )

    def line(
        field: str, role: str, title: str, domain: list[float], form: str
    ) -> alt.Chart | alt.LayerChart | alt.FacetChart:
        y = alt.Y(
            f"{field}:Q",
            scale=alt.Scale(domain=domain, nice=False),
            axis=alt.Axis(title=title, tickCount=3, format=form, grid=role == "train"),
        )
        tip = [
            alt.Tooltip("epoch:Q", title=tr("epoch"), format=".2f"),
            alt.Tooltip(f"{field}:Q", title=title, format=form),
        ]
        mark = named("steps", role).mark_line(strokeWidth=2, strokeDash=list(palette.ROLES[role].dash))
        drawn = mark.encode(x=x, y=y, color=colour(), tooltip=tip)
        now = named("now", role).mark_point(shape=palette.ROLES[role].marker, filled=True, size=90, opacity=1)
        return alt.layer(drawn, now.encode(x=x, y=y, color=colour(), tooltip=tip))

    both = alt.layer(
        line("lr", "train", tr("rate"), [0, lr_max], "~g"), line("mom", "published", tr("momentum"), [0.8, 1.0], ".2f")
    )
    return spec_of(both.resolve_scale(y="independent").properties(width="container", height=HEIGHT))
