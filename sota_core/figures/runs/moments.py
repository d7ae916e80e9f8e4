"""What every line says at one epoch, or at one second: a strip of the figure for each, under the pointer."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import altair as alt

from sota_core import words
from sota_core.language import tr, written

Points = Sequence[Mapping[str, Any]]


def moments(
    lines: Mapping[int, Points], xs: Sequence[float], end: float, *, is_time: bool, is_share: bool
) -> list[dict]:
    """A row for each x at which some line has a point: where its strip begins and ends, and what each line says there.

    A line says what it reached last: of seconds few points lie below one another. Before its first point, nothing.

    lines  number → its points, by rising x
    xs     of all points, in any order
    end    of the axis
    """
    at = sorted(set(xs))
    edges = [0.0, *((a + b) / 2 for a, b in pairwise(at)), 1.06 * end]
    found = []
    for i, x in enumerate(at):
        row = {"x": x, "x0": edges[i], "x1": edges[i + 1], "when": words.clock(x) if is_time else written(f"{x:g}")}
        found.append(row | {said(number): _said(points, x, is_share) for number, points in lines.items()})
    return found


def said(number: int) -> str:
    """The field in which the line of this number says its value."""
    return f"v{number}"


def _said(points: Points, x: float, is_share: bool) -> str:
    reached = [p for p in points if p["x"] <= x + 1e-9]
    if not reached:
        return "–"
    last = reached[-1]
    value = words.percent(last["y"], 2) if is_share else words.loss(last["y"])
    is_over = len(reached) == len(points) and not math.isclose(last["x"], x)
    return f"{value} · {last['name']}" + (tr(" (ended)") if is_over else "")


def tooltip(numbers: Sequence[int], when: str) -> list[alt.Tooltip]:
    """The moment, and every line's value in a row of its own. A bare number as a title would go before all words."""
    return [alt.Tooltip("when:N", title=when), *(alt.Tooltip(f"{said(n)}:N", title=f"{n}.") for n in numbers)]
