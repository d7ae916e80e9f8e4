"""Axes and curves as HTML whose slots follow a control, for figures of a few lines, marks and words.

A curve is a path in a box of 1000 × 1000 that the browser stretches; words and marks stand over it in percent, so that
they keep their size on any screen. Figures that grow with a run, or need more than this, are made with Altair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np

from sota_core.figures import palette

BOX = 1000  # units of a path, along both axes


@dataclass(frozen=True, slots=True)
class Axes:
    """What the box's sides stand for: the numbers at its left and right, bottom and top."""

    x: tuple[float, float]
    y: tuple[float, float]

    def left(self, x: float) -> str:
        """Where x stands, for `--x`: 0 at the left, 1 at the right. Four digits are a twentieth of a pixel.

        >>> Axes((0, 10), (0, 1)).left(2.5)
        '0.25'
        """
        return f"{_share(x, self.x):.4g}"

    def up(self, y: float) -> str:
        """Where y stands, for `--y`: 0 at the bottom, 1 at the top."""
        return f"{_share(y, self.y):.4g}"

    def share_up(self, ys: np.ndarray) -> np.ndarray:
        """The same for many values, as numbers."""
        return (ys - self.y[0]) / (self.y[1] - self.y[0])

    def path(self, xs: Sequence[float] | np.ndarray, ys: Sequence[float] | np.ndarray) -> str:
        """The polyline as an SVG path: the first point, then whole steps from point to point.

        Errors of rounding do not add up: each step goes from rounded point to rounded point.

        >>> Axes((0, 1), (0, 1)).path([0, 0.5, 1], [0, 0.5, 0])
        'M0 1000l500-500l500 500'
        """
        if isinstance(xs, np.ndarray):  # the same sums, on all points at once
            across, down = _rounded(xs, self.x), _rounded(np.asarray(ys), self.y, is_down=True)
            begin = f"M{across[0]} {down[0]}"
            by_x, by_y = np.diff(across).tolist(), np.diff(down).tolist()
        else:
            points = [(round(BOX * _share(x, self.x)), round(BOX * (1 - _share(y, self.y)))) for x, y in zip(xs, ys)]  # noqa: B905
            begin = f"M{points[0][0]} {points[0][1]}"
            by_x, by_y = ([b[i] - a[i] for a, b in pairwise(points)] for i in (0, 1))
        return begin + "".join([f"l{x} {y}" if y >= 0 else f"l{x}{y}" for x, y in zip(by_x, by_y, strict=True)])


def _rounded(values: np.ndarray, side: tuple[float, float], *, is_down: bool = False) -> np.ndarray:
    shares = (values - side[0]) / (side[1] - side[0])
    return np.rint(BOX * ((1 - shares) if is_down else shares)).astype(int)


def _share(value: float, side: tuple[float, float]) -> float:
    return float((value - side[0]) / (side[1] - side[0]))


def colour(role: str) -> str:
    """The role's colour in the visitor's theme, as a component sees it."""
    return f"var(--st-{palette.ROLES[role].markdown}-color)"


def curve(slot: str, role: str, *, is_dashed: bool = False, look: str = "") -> str:
    """A line whose path stands in the slot."""
    dash = ' stroke-dasharray="5 4"' if is_dashed else ""
    return f'<path data-live="d:{slot}" style="stroke:{colour(role)};{look}"{dash}/>'


def number(slot: str, tone: str = "") -> str:
    """A number of a formula in MathML."""
    return f'<mn data-live="text:{slot}"{f""" style="color:{tone}" """ if tone else ""}></mn>'


def slot(name: str, tag: str = "span") -> str:
    """The words of a slot, as a value of a sentence: `tr("… {share} …", share=slot("share"))`."""
    return f'<{tag} data-live="text:{name}"></{tag}>'


def bar(whose: str, role: str, slot: str, width: str, *, start: str = "") -> str:
    """A bar with its number, one of several in a cell; the class of the row, which is a slot, says which one is shown.

    whose  the class under which it is shown, such as if-own
    slot   the number; `width`, and `start` where the bar does not begin at 0, are shares of the cell
    """
    start = f"--x:{start} " if start else ""
    return (
        f'<span class="{whose}"><i class="bar"><i style="background:{colour(role)}" data-live="{start}--w:{width}">'
        f'</i></i><b data-live="text:{slot}"></b></span>'
    )


def box(
    *,
    curves: str,
    over: str,
    x_title: str,
    y_title: str,
    x_ticks: Sequence[tuple[float, str]],
    n_y_ticks: int,
    height: int,
    live: str = "",
    below: str = "",
    y_slot: str = "y_tick",
    x_slot: str = "",
) -> str:
    """The figure: curves, marks over them, ticks below and at the left.

    over     HTML laid over the box; an element of class `at` stands at its `--x` and `--y`
    x_ticks  (share of the width, words)
    n_y_ticks  how many, evenly from the bottom to the top; their words stand in the slots y_tick0, y_tick1, …
    y_slot   the beginning of those slots' names, where a stage has several figures
    x_slot   the slot of the title of the x axis, where that moves
    live     what else of the figure follows a slot, as `aria-label:said`
    below    more HTML under the box: ticks that move
    """
    below += "".join(f'<span class="tick" style="--x:{share:.4g}">{escape(words)}</span>' for share, words in x_ticks)
    aside = "".join(
        f'<span class="tick" style="--y:{i / (n_y_ticks - 1):.4g}" data-live="text:{y_slot}{i}"></span>'
        for i in range(n_y_ticks)
    )
    of_x = f' data-live="text:{x_slot}"' if x_slot else ""
    lines = "".join(f'<span class="grid" style="--y:{i / (n_y_ticks - 1):.4g}"></span>' for i in range(n_y_ticks))
    return (
        f'<div class="plot" role="img" data-live="{live}"><span class="y-title">{escape(y_title)}</span>'
        f'<div class="y-axis">{aside}</div><div class="box" style="height:{height}px">{lines}'
        f'<svg viewBox="0 0 {BOX} {BOX}" preserveAspectRatio="none" aria-hidden="true">{curves}</svg>{over}</div>'
        f'<div class="x-axis">{below}</div><span class="x-title"{of_x}>{escape(x_title)}</span></div>'
    )
