"""Guesses of a run's accuracy as a histogram, with what became true; who came closest; and votes for a winner."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import altair as alt

from sota_core import words
from sota_core.figures import palette
from sota_core.figures.figure import Figure, Rows, colour, named, spec_of
from sota_core.language import cached, tr, tr_n
from sota_core.runs.store.guesses import Guess

BIN = 0.05
HEIGHT = 210


def closest(guesses: Sequence[Guess], result: float) -> list[Guess]:
    """The guesses nearest to the result, in the order they came: several if they tie; [] if there are none."""
    if not guesses:
        return []
    # Rounded, because 0.80 and 0.90 are equally far from 0.85 only on paper.
    distance = [round(abs(guess.value - result), 9) for guess in guesses]
    return [guess for guess, d in zip(guesses, distance, strict=True) if d == min(distance)]


def guess_histogram(guesses: Sequence[Guess], result: float | None, own: float | None = None) -> Figure:
    """How many guessed what, from 0 to 100 % in steps of five points; the result and one's own guess as lines.

    result  final accuracy, a share; None where the run ended without one
    """
    n_bins = round(1 / BIN)
    counts = [0] * n_bins
    for guess in guesses:
        counts[min(int(guess.value / BIN + 1e-9), n_bins - 1)] += 1
    bars = [{"low": i * BIN, "high": (i + 1) * BIN, "n": n} for i, n in enumerate(counts) if n]
    lines: dict[str, Rows] = {
        name: [] if value is None else [{"at": value}] for name, value in (("result", result), ("own", own))
    }
    said = tr("0 guesses of the final accuracy, from nobody.")
    if guesses:
        said = tr_n(
            "{n} guess of the final accuracy, from {low} to {high}.",
            "{n} guesses of the final accuracy, from {low} to {high}.",
            len(guesses),
            low=words.percent(min(g.value for g in guesses)),
            high=words.percent(max(g.value for g in guesses)),
        )
    said += " " + (
        tr("The result was {share}.", share=words.percent(result))
        if result is not None
        else tr("The run ended without a result.")
    )
    if own is not None:
        said += " " + tr("Your own guess was {share}.", share=words.percent(own))
    return Figure(
        _spec(max(3, *counts) if counts else 3),
        {"guesses": bars, **lines},
        said,
    )


@dataclass(frozen=True, slots=True)
class Votes:
    """Votes for the winner of two runs. `won` is 0 or 1, None where it is even or a result is missing."""

    first: int
    second: int
    won: int | None

    @property
    def n_right(self) -> int | None:
        return None if self.won is None else (self.first, self.second)[self.won]


def votes(guesses: Sequence[Guess], results: tuple[float | None, float | None]) -> Votes:
    """Count who voted for which, and say which it was.

    >>> votes([Guess("a", None, 0.0, 0.0), Guess("b", None, 1.0, 0.0)], (0.7, 0.8))
    Votes(first=1, second=1, won=1)
    """
    second = sum(guess.value >= 0.5 for guess in guesses)
    first_result, second_result = results
    won = None
    if first_result is not None and second_result is not None and first_result != second_result:
        won = int(second_result > first_result)
    return Votes(len(guesses) - second, second, won)


@cached(32)
def _spec(highest: int) -> dict:
    x_scale = alt.Scale(domain=[0, 1], nice=False)
    axis = alt.Axis(title=tr("guessed accuracy"), format=".0%", values=[v / 10 for v in range(11)])
    y_scale = alt.Scale(domain=[0, highest * 1.12], nice=False)
    ticks = list(range(0, highest + 1, ceil(highest / 3)))  # whole, and equally far apart
    low = alt.X("low:Q", scale=x_scale, axis=axis)
    y = alt.Y("n:Q", scale=y_scale, axis=alt.Axis(title=tr("guesses"), format="d", values=ticks))
    tip = [
        alt.Tooltip("low:Q", title=tr("from"), format=".0%"),
        alt.Tooltip("high:Q", title=tr("to"), format=".0%"),
        alt.Tooltip("n:Q", title=tr("guesses"), format="d"),
    ]
    bars = named("guesses", "train").mark_rect(
        opacity=0.75, stroke="transparent", strokeWidth=2, xOffset=1, x2Offset=-1
    )

    def rule(name: str, role: str, title: str) -> alt.Chart:
        dash = list(palette.ROLES[role].dash) or alt.Undefined
        mark = named(name, role).mark_rule(strokeWidth=2.5, strokeDash=dash)
        shown = [alt.Tooltip("at:Q", title=title, format=".2%")]
        return mark.encode(x=alt.X("at:Q", scale=x_scale, axis=axis), color=colour(), tooltip=shown)

    chart = alt.layer(
        bars.encode(x=low, x2="high:Q", y=y, y2=alt.datum(0), color=colour(), tooltip=tip),
        rule("own", "published", tr("own")),
        rule("result", "valid", tr("result")),
    )
    return spec_of(chart.properties(width="container", height=HEIGHT))
