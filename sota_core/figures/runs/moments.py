"""Every line's value at one epoch, or at one second: under the pointer, which meets a strip of the figure for each, and
with a slider, for a keyboard and a finger.
"""

import math
from collections.abc import Container, Mapping, Sequence
from itertools import pairwise
from typing import Any

import altair as alt

from sota_core import words
from sota_core.figures.frames import Slots
from sota_core.figures.plot import colour
from sota_core.language import plain, tr

Points = Sequence[Mapping[str, Any]]
Steps = tuple[tuple[str, tuple[tuple[int, str], ...]], ...]  # at each moment: its words, and what each line says


def moments(
    lines: Mapping[int, Points],
    xs: Sequence[float],
    end: float,
    live: Container[int] = (),
    *,
    is_time: bool,
    is_share: bool,
) -> list[dict]:
    """A row for each x at which some line has a point: where its strip begins and ends, and each line's value there.

    A line's value is the last it has reached, because lines seldom have points at the same second; it has none before
    its first point.

    lines  number → its points, by rising x
    xs     of all points, in any order
    end    of the axis
    live   numbers of lines with a run under way: they have not ended where they stop
    """
    at = sorted(set(xs))
    edges = [0.0, *((a + b) / 2 for a, b in pairwise(at)), 1.06 * end]
    found = []
    for i, x in enumerate(at):
        row = {"x": x, "x0": edges[i], "x1": edges[i + 1], "when": words.clock(x) if is_time else plain(x)}
        values = {said(n): _said(points, x, is_share, is_live=n in live) for n, points in lines.items()}
        found.append(row | values)
    return found


def said(number: int) -> str:
    """The name of the field that holds the value of the line of this number."""
    return f"v{number}"


def _said(points: Points, x: float, is_share: bool, *, is_live: bool) -> str:
    reached = [p for p in points if p["x"] <= x + 1e-9]
    if not reached:
        return "–"
    last = reached[-1]
    value = words.percent(last["y"], 2) if is_share else words.loss(last["y"])
    is_over = not is_live and len(reached) == len(points) and not math.isclose(last["x"], x)
    return f"{value} · {last['name']}" + (tr(" (ended)") if is_over else "")


def tooltip(numbers: Sequence[int], when: str) -> list[alt.Tooltip]:
    """The moment, and every line's value in a row of its own. Titles are `1.`, not `1`: numbers would come first."""
    return [alt.Tooltip("when:N", title=when), *(alt.Tooltip(f"{said(n)}:N", title=f"{n}.") for n in numbers)]


def steps(lines: Mapping[int, Points], live: Container[int] = (), *, is_time: bool, is_share: bool) -> Steps:
    """The same for a slider: each moment at which a line has a point; of two that are written alike the later one."""
    xs = [point["x"] for points in lines.values() for point in points]
    found = moments(lines, xs, max(xs, default=0.0), live, is_time=is_time, is_share=is_share)
    return tuple({row["when"]: (row["when"], tuple((n, row[said(n)]) for n in lines)) for row in found}.values())


def lines_at(of: Steps, moment: str) -> Slots:
    """Every line's value, as the pointer shows it."""
    return {"moment": moment} | {said(number): text for number, text in dict(of)[moment]}


def told_at(of: Steps, moment: str) -> Slots:
    """The same in words, for whoever does not see it."""
    return {"said": f"{moment}: " + "; ".join(f"{number}. {text}" for number, text in dict(of)[moment])}


def template(roles: Mapping[int, str], *, is_time: bool) -> str:
    """A row for each line.

    roles  each line's number → its colour's role
    """
    at = '<b data-live="text:moment"></b>'
    head = tr("At {moment} of training:", moment=at) if is_time else tr("After epoch {moment}:", moment=at)
    rows = "".join(
        f'<p><b style="color:{colour(role)}">{number}</b> <span data-live="text:{said(number)}"></span></p>'
        for number, role in roles.items()
    )
    return f"<p>{head}</p>{rows}"
