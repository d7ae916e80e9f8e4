"""Training losses by batch of several runs: raw as faint lines, and in front of them as smooth as one wants."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sota_core import words
from sota_core.analysis.comparison import Group
from sota_core.analysis.noise import moving_average
from sota_core.analysis.series import Batches, thin
from sota_core.figures import plot
from sota_core.figures.frames import Slots
from sota_core.figures.plot import Axes, colour
from sota_core.figures.runs.curves import HIGHEST, whole_ticks
from sota_core.language import cached, tr

WEIGHTS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
FASTAIS = 0.98
MOST_POINTS = 200  # of a line: more than can be told apart
N_LINES = 6  # of the grid


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """One line for each group that has batches: its number, its colour's role, steps and losses of its first member."""

    numbers: tuple[int, ...]
    roles: tuple[str, ...]
    lines: tuple[tuple[np.ndarray, np.ndarray], ...]

    @property
    def axes(self) -> Axes:
        """As wide as the longest line, and high enough for 98 % of each line's losses: first batches can be far off.

        Not above HIGHEST, where the lines are cut: one run that diverges would flatten all others.
        """
        last = max((float(steps[-1]) for steps, _ in self.lines), default=1.0)
        high = max((float(np.percentile(losses, 98)) for _, losses in self.lines), default=1.0)
        return Axes((0.0, 1.04 * last), (0.0, min(HIGHEST, max(0.5, math.ceil(2 * high) / 2))))


def losses_of(groups: Sequence[Group], roles: Sequence[str]) -> Losses:
    """The lines of these groups; the same object for the same batches, so that their cached frames are found."""
    return _losses(tuple((g.number, role, g.first.batches) for g, role in zip(groups, roles, strict=True)))


@lru_cache(maxsize=16)
def _losses(of: tuple[tuple[int, str, Batches], ...]) -> Losses:
    found = [(number, role, line) for number, role, batches in of if (line := _line(batches)) is not None]
    return Losses(*(tuple(column) for column in zip(*found, strict=True))) if found else Losses((), (), ())


def _line(b: Batches) -> tuple[np.ndarray, np.ndarray] | None:
    kept = [(s, loss) for s, loss in zip(b.step, b.loss, strict=True) if loss is not None and math.isfinite(loss)]
    return (np.array([s for s, _ in kept], float), np.array([loss for _, loss in kept])) if len(kept) > 1 else None


@cached(32)
def raw(of: Losses) -> Slots:
    """Every recorded batch's loss, and the numbers at the axis of losses."""
    _, high = of.axes.y
    ticks = {f"y_tick{i}": words.number(high * i / (N_LINES - 1), 1) for i in range(N_LINES)}
    return ticks | {f"raw{k}": _path(of.axes, *line) for k, line in enumerate(of.lines)}


@cached(128)
def smooth(of: Losses, weight: float) -> Slots:
    """The moving averages, and each one's number where it ends."""
    found = {"weight": words.number(weight, 2)}
    for k, (steps, losses) in enumerate(of.lines):
        means = moving_average(losses, weight)
        found |= {f"smooth{k}": _path(of.axes, steps, means), f"last{k}": words.loss(float(means[-1]))}
        found[f"end{k}_y"] = of.axes.up(min(float(means[-1]), of.axes.y[1]))
    return found


def _path(axes: Axes, steps: np.ndarray, losses: np.ndarray) -> str:
    kept = list(thin(len(steps), MOST_POINTS))
    # far above the box nothing is seen, and browsers draw no lines of millions of its heights
    return axes.path(steps[kept], np.minimum(losses[kept], 10 * axes.y[1]))


def told(of: Losses, weight: float) -> Slots:
    """The figure in words."""
    each = "; ".join(
        tr("{number} ends at {loss}", number=number, loss=words.loss(float(moving_average(losses, weight)[-1])))
        for number, (_, losses) in zip(of.numbers, of.lines, strict=True)
    )
    said = tr(
        "Training loss by batch, smoothed with weight {weight}: {each}.", weight=words.number(weight, 2), each=each
    )
    return {"said": said, "said_losses": said}


VIEWS = (raw, smooth)


def template(of: Losses) -> str:
    """A faint line and a strong one for each."""
    axes = of.axes
    strong = "".join(plot.curve(f"smooth{k}", role, look="stroke-width:2") for k, role in enumerate(of.roles))
    faint = "".join(plot.curve(f"raw{k}", role, look="stroke-width:1;opacity:.25") for k, role in enumerate(of.roles))
    ends = "".join(
        f'<b class="word at end" style="color:{colour(role)};--x:{axes.left(float(steps[-1]))}" '
        f'data-live="--y:end{k}_y">{number}</b>'
        for k, (number, role, (steps, _)) in enumerate(zip(of.numbers, of.roles, of.lines, strict=True))
    )
    # at whole batches only: in a run of five, a quarter of the way is not one
    x_ticks = [(float(axes.left(step)), words.count(step)) for step in whole_ticks(int(axes.x[1]))]
    key = " &emsp; ".join(
        f'<span style="color:{colour(role)}">'
        + tr("{number} now {loss}", number=f"<b>{number}</b>", loss=f'<b data-live="text:last{k}"></b>')
        + "</span>"
        for k, (number, role) in enumerate(zip(of.numbers, of.roles, strict=True))
    )
    weight = '<span data-live="text:weight"></span>'
    note = tr("Smoothed with weight {weight}: {key}", weight=weight, key=key)
    return plot.box(
        curves=faint + strong, over=ends, x_title=tr("batch"), y_title=tr("training loss"), x_ticks=x_ticks,
        n_y_ticks=N_LINES, height=300, live="aria-label:said_losses",
    ) + f'<p class="note">{note}</p>'  # fmt: skip
