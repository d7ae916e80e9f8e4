"""What a plan of phases costs: seconds of fixed against progressive, and why an epoch at a third of the pixels takes
half the time. The line through two printed epochs is functional/resize.epoch_cost's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from sota_core import words
from sota_core.figures import palette
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.functional.resize import epoch_cost, plan_pixels, plan_seconds, relative_cost
from sota_core.language import cached, tr

# The book's epochs on its author's card, fp32, xresnet50: printed for its baseline and its progressive run.
SMALL, LARGE = (128, 30), (224, 63)


@dataclass(frozen=True, slots=True)
class PlanPhase:
    """One phase; `n_epochs` counts every epoch, a fine_tune's warm-up too."""

    size: int
    bs: int
    n_epochs: int


@dataclass(frozen=True, slots=True)
class Cost:
    """A plan beside as many epochs at its largest size. Seconds are estimates for the book's machine.

    pixels, fixed_pixels  how many pixels of one training picture the net sees
    pixel_share           of the fixed plan's pixels; second_share likewise
    """

    seconds: float
    fixed_seconds: float
    pixels: int
    fixed_pixels: int

    @property
    def pixel_share(self) -> float:
        return self.pixels / self.fixed_pixels

    @property
    def second_share(self) -> float:
        return self.seconds / self.fixed_seconds


def fixed_plan(phases: Sequence[PlanPhase]) -> tuple[PlanPhase, ...]:
    """As many epochs, all at the largest size and with its batch size."""
    largest = max(phases, key=lambda p: p.size)
    return (PlanPhase(largest.size, largest.bs, sum(p.n_epochs for p in phases)),)


def cost(phases: Sequence[PlanPhase]) -> Cost:
    line, fixed = epoch_cost(SMALL, LARGE), fixed_plan(phases)
    return Cost(plan_seconds(phases, *line), plan_seconds(fixed, *line), plan_pixels(phases), plan_pixels(fixed))


def updates(phase: PlanPhase, n_train: int) -> int:
    """Steps of the optimizer in the phase; an incomplete last batch is dropped."""
    return phase.n_epochs * (n_train // phase.bs)


def epoch_line() -> Figure:
    """Seconds of an epoch by the picture's size: the line through two printed ones, and what pixels alone would say."""
    fixed_s, rate_s = epoch_cost(SMALL, LARGE)
    sizes = range(0, 257, 16)
    return Figure(
        _line_spec(),
        {
            "line": [{"pixels": s**2 / 1000, "s": plan_seconds([(max(s, 1), 1)], fixed_s, rate_s)} for s in sizes],
            "alone": [
                {"pixels": s**2 / 1000, "s": LARGE[1] * relative_cost([(max(s, 1), 1)], [(LARGE[0], 1)])} for s in sizes
            ],
            "printed": [{"pixels": s**2 / 1000, "s": sec, "text": f"{s} px: {sec} s"} for s, sec in (SMALL, LARGE)],
            "fixed": [
                {
                    "s": fixed_s,
                    "text": tr("{fixed_s} s at any size: decode, Resize, augment", fixed_s=words.number(fixed_s, 0)),
                }
            ],
        },
        tr(
            "Seconds of an epoch by pixels. Printed: {small_s} s at {small_px} px, {large_s} s at {large_px} px. The "
            "line through both meets zero pixels at {fixed_s} s.",
            small_s=SMALL[1],
            small_px=SMALL[0],
            large_s=LARGE[1],
            large_px=LARGE[0],
            fixed_s=words.number(fixed_s, 0),
        ),
    )


@cached(None)
def _line_spec() -> dict:
    x = alt.X(
        "pixels:Q",
        scale=alt.Scale(domain=[0, 64], nice=False),
        axis=alt.Axis(title=tr("thousand pixels a picture"), tickCount=6),
    )
    y = alt.Y(
        "s:Q", scale=alt.Scale(domain=[0, 80], nice=False), axis=alt.Axis(title=tr("seconds an epoch"), tickCount=5)
    )
    dash = list(palette.ROLES["published"].dash)
    line = named("line", "train").mark_line(strokeWidth=2).encode(x=x, y=y, color=colour())
    alone = named("alone", "published").mark_line(strokeWidth=1.5, strokeDash=dash).encode(x=x, y=y, color=colour())
    printed = named("printed", "published").encode(x=x, y=y, color=colour())
    square = printed.mark_point(shape="square", filled=True, size=90, opacity=1)
    text = printed.mark_text(align="right", dx=-10, dy=-10).encode(text="text:N")
    fixed = named("fixed", "train").encode(y=y, color=colour())
    floor = fixed.mark_rule(strokeWidth=1.5, strokeDash=[2, 3]).encode(x=alt.value(0), x2=alt.value("width"))
    said = fixed.mark_text(align="right", dx=-4, dy=-9).encode(x=alt.value("width"), text="text:N")
    return spec_of(alt.layer(alone, line, square, text, floor, said).properties(width="container", height=260))
