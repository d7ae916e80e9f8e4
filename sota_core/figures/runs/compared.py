"""Curves of runs, printed tables and recordings over one another, against epochs or against seconds of training.

The base of the comparison and printed tables are grey and dashed, recordings are thin, TTA is green. Every other line
has the colour of its number, and its number at its end; where colours repeat, dashes differ.
"""

import math
from collections import Counter
from collections.abc import Sequence

import altair as alt

from sota_core import words
from sota_core.analysis.comparison import PUBLISHED, RECORDED, Compared, Group
from sota_core.figures import palette
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.figures.runs.curves import HIGHEST
from sota_core.figures.runs.moments import moments, said, tooltip
from sota_core.language import cached, tr

EPOCHS, SECONDS = "epochs", "seconds"
ACCURACY, LOSS = "accuracy", "loss"
HEIGHT = 400
OWN_DASHES = ([1, 0], [9, 3], [2, 3], [9, 3, 2, 3], [5, 2], [14, 4], [14, 3, 2, 3, 2, 3], [5, 5])
_GAP, _NEAR = 0.05, 0.07  # of the axes: the room a number takes
_LAYERS = ("own", "grey", "thin")


def curves(groups: Sequence[Group], *, base: str = "", by: str = EPOCHS, what: str = ACCURACY) -> Figure:
    """A line for each group: the mean of its members, each member behind it as a thin one.

    base  id of the member everything is compared with: its group's line is grey
    what  "accuracy", or "loss": plain cross-entropy on the validation pictures, comparable between recipes
    """
    lines = {name: [] for name in _LAYERS}
    members, tips, tta = [], [], []
    means: dict[int, list[dict]] = {}
    for group in groups:
        layer = _layer(group, base)
        mean = [point | {"role": role_of(group, base)} for point in mean_line(group, by, what)]
        means[group.number] = mean
        style = f"{'p' if layer == 'grey' and group.first.kind == PUBLISHED else 'o'}{_place(groups, group)}"
        lines[layer] += [p | {"number": str(group.number), "style": style} for p in mean]
        if len(group.members) > 1:
            for i, member in enumerate(group.members):
                told = {"line": f"{group.number}.{i}", "number": str(group.number), "role": role_of(group, base)}
                name = tr("{run}, seed {seed}", run=member.label, seed=member.seed)
                members += [p | told | {"name": name} for p in _line(member, by, what)]
        if mean:
            tips.append(mean[-1] | {"number": str(group.number)})
            if what == ACCURACY and group.mean("tta_accuracy") is not None:
                tta.append(mean[-1] | {"y": group.mean("tta_accuracy"), "number": str(group.number)})
    points = [p for rows in lines.values() for p in rows] + members
    end = _end(groups, by)
    low, high = _range([p["y"] for p in points] + [p["y"] for p in tta], what)
    heights = apart([(t["x"] / end, (t["y"] - low) / (high - low)) for t in tips])
    ends = [t | {"y": low + h * (high - low)} for t, h in zip(tips, heights, strict=True)]
    xs, live = [p["x"] for p in points], {group.number for group in groups if group.is_live}
    at = moments(means, xs, end, live, is_time=by == SECONDS, is_share=what == ACCURACY)
    by_x = {row["x"]: {name: row[name] for name in map(said, means)} for row in at}
    return Figure(
        _spec(tuple(means), end, by, what, low, high),
        {
            **lines,
            "members": members,
            "ends": ends,
            "tta": tta,
            "hits": [p | by_x[p["x"]] for p in points],
            "moments": at,
        },
        f"{_named(by, what)} {_said(groups, what)}",
        tr("Curves of the chosen runs and tables, overlaid; the numbers are in the table."),
    )


def _named(by: str, what: str) -> str:
    """What the figure draws against what."""
    if what == ACCURACY:
        return tr("Accuracy by epochs.") if by == EPOCHS else tr("Accuracy by seconds.")
    return tr("Validation loss by epochs.") if by == EPOCHS else tr("Validation loss by seconds.")


def marker_of(group: Group, base: str) -> str:
    """The legend of one line, in Streamlit's markdown: its number in its line's colour."""
    look = palette.ROLES["published" if _layer(group, base) == "grey" else "valid"]
    return f":{palette.ROLES[role_of(group, base)].markdown}[{look.glyph} **{group.number}**]"


def apart(ends: Sequence[tuple[float, float]]) -> list[float]:
    """Heights for labels at these (x, y) in shares of the axes, pushed up where two would overlap, within the axes.

    >>> apart([(1.0, .5), (1.0, .5), (.2, .5)]), apart([(1.0, 1.0), (1.0, 1.0), (.2, 1.5)])
    ([0.5, 0.55, 0.5], [0.95, 1.0, 1.0])
    """
    heights = [min(max(y, 0.0), 1.0) for _, y in ends]
    placed: list[int] = []
    for i in sorted(range(len(ends)), key=lambda i: (ends[i][1], i)):
        for j in sorted((j for j in placed if abs(ends[j][0] - ends[i][0]) < _NEAR), key=lambda j: heights[j]):
            if abs(heights[i] - heights[j]) < _GAP - 1e-9:
                heights[i] = heights[j] + _GAP
        placed.append(i)
    if max(heights, default=0.0) > 1:  # now from the top down: above the figure a label would be cut off
        done: list[int] = []
        for i in sorted(placed, key=lambda i: -heights[i]):
            above = [heights[j] for j in done if abs(ends[j][0] - ends[i][0]) < _NEAR]
            heights[i] = min([heights[i], 1.0, *(height - _GAP for height in above)])
            done.append(i)
    return heights


def _layer(group: Group, base: str) -> str:
    if group.first.kind == PUBLISHED or any(m.id == base for m in group.members):
        return "grey"
    return "thin" if group.first.kind == RECORDED else "own"


def role_of(group: Group, base: str) -> str:
    """Its colour: by its number, so that it stays when another base is chosen."""
    is_grey = _layer(group, base) == "grey"
    return "published" if is_grey else palette.LINES[(group.number - 1) % len(palette.LINES)]


def _place(groups: Sequence[Group], group: Group) -> int:
    """The group's place among those of its kind, so that dashes repeat as late as they can."""
    same = [g.number for g in groups if (g.first.kind == PUBLISHED) == (group.first.kind == PUBLISHED)]
    return same.index(group.number)


def _line(item: Compared, by: str, what: str) -> list[dict]:
    found = []
    for i, (row, at) in enumerate(zip(item.epochs, item.seconds_at, strict=True), 1):
        y = row.accuracy if what == ACCURACY else row.valid_ce
        if y is not None and math.isfinite(y):
            size = f"{item.recipe.phases[row.phase].size} px, " if row.phase < len(item.recipe.phases) else ""
            told = size + tr("epoch {epoch}, {time}", epoch=i, time=words.clock(at))
            found.append({"x": at if by == SECONDS else float(i), "y": y, "name": item.label, "what": told})
    return found


def mean_line(group: Group, by: str, what: str) -> list[dict]:
    """The mean over the seeds of the members that count, as far as all of these have got; of all while none has ended.

    x is a mean too, for seconds differ from run to run; over the one device that most of them have trained on.
    """
    mine = group.counted or list(group.members)
    if by == SECONDS and mine:
        device = Counter(m.device for m in mine).most_common(1)[0][0]
        mine = [m for m in mine if m.device == device]
    lines: dict[int | None, list[list[dict]]] = {}
    for member in mine:
        if line := _line(member, by, what):
            lines.setdefault(member.seed, []).append(line)
    mean = _mean([_mean(repeated) for repeated in lines.values()])
    if len(lines) > 1:
        return [point | {"what": point["what"] + tr(", mean of {n}", n=len(lines))} for point in mean]
    return mean


def _mean(lines: Sequence[list[dict]]) -> list[dict]:
    """Point by point, as far as the shortest line goes; in the words of the first."""
    return [
        points[0] | {axis: math.fsum(p[axis] for p in points) / len(points) for axis in ("x", "y")}
        for points in zip(*lines, strict=False)
    ]


def _range(values: Sequence[float], what: str) -> tuple[float, float]:
    if what == LOSS:
        return 0.0, min(HIGHEST, max(1.0, math.ceil(2 * max(values, default=2.5)) / 2))
    return max(0.0, min(0.6, math.floor(5 * min(values, default=0.2)) / 5)), 1.0


def _end(groups: Sequence[Group], by: str) -> float:
    """Where the axis ends: at the expected end of runs under way, so that it is seldom drawn anew."""
    members = [m for group in groups for m in group.members]
    if by == EPOCHS:
        return float(max((_epochs_of(m) for m in members), default=5) or 1)
    ends = [sum(row.seconds for row in m.epochs) / len(m.epochs) * _epochs_of(m) for m in members if m.epochs]
    end = max(ends, default=60.0)
    step = next((s for s in (10, 30, 60, 300, 600) if end <= 8 * s), 1800)
    return float(step * max(1, math.ceil(end / step)))


def _epochs_of(item: Compared) -> int:
    return item.recipe.total_epochs if item.is_live else len(item.epochs)


def _said(groups: Sequence[Group], what: str) -> str:
    if not groups:
        return tr("Nothing chosen.")
    told = []
    for group in groups:
        mean, tta = group.mean("accuracy"), group.mean("tta_accuracy")
        text = f"{group.number} {group.label}: "
        text += tr("under way") if mean is None else words.percent(mean)
        if tta is not None:
            text += tr(", with TTA {share}", share=words.percent(tta))
        n = len(group.values("accuracy"))  # runs under way are not in the mean
        told.append(text + (tr(", mean of {n} seeds", n=n) if n > 1 else ""))
    return "; ".join(told) + "."


@cached(64)
def _spec(numbers: tuple[int, ...], end: float, by: str, what: str, low: float, high: float) -> dict:
    n = len(numbers)
    along, axis = alt.Scale(domain=[0, 1.06 * end], nice=False), _x_axis(end, by)
    x = alt.X("x:Q", scale=along, axis=axis)
    form, title = (".0%", tr("accuracy")) if what == ACCURACY else (".1f", tr("validation cross-entropy"))
    y = alt.Y(
        "y:Q",
        scale=alt.Scale(domain=[low, high], nice=False, zero=False),
        axis=alt.Axis(title=title, tickCount=5, format=form),
    )
    styles = [f"o{i}" for i in range(n)] + [f"p{i}" for i in range(n)]
    looks = [dashes[i % len(dashes)] for dashes in (OWN_DASHES, palette.DASHES) for i in range(n)]
    dash = alt.StrokeDash("style:N", scale=alt.Scale(domain=styles, range=looks), legend=None)
    tip = [
        alt.Tooltip("name:N", title=tr("what")),
        alt.Tooltip("what:N", title=tr("at")),
        alt.Tooltip("y:Q", title=title, format=".2%" if what == ACCURACY else ".3f"),
    ]
    every = tooltip(numbers, tr("epoch") if by == EPOCHS else tr("time"))
    moment = alt.selection_point(name="moment", on="pointerover", clear="pointerout", fields=["x"], empty=False)
    strips = named("moments", "published")
    # strips have no number: without this filter the pointer would select a strip, and all lines would fade
    of_a_line = "pointerover[event.item && event.item.datum && event.item.datum.number]"
    hover = alt.selection_point(name="hover", on=of_a_line, clear="pointerout", fields=["number"], nearest=False)
    strong = alt.condition(hover, alt.value(1.0), alt.value(0.16))
    faint = alt.condition(hover, alt.value(0.35), alt.value(0.06))
    behind = alt.Chart(alt.NamedData(name="members")).mark_line(strokeWidth=1)
    rule = strips.mark_rule(strokeDash=[2, 3]).encode(
        x=x, color=colour(), opacity=alt.condition(moment, alt.value(0.8), alt.value(0))
    )
    wide = strips.mark_rect(opacity=0, clip=True).encode(
        x=alt.X("x0:Q", scale=along, axis=axis), x2="x1:Q", tooltip=every
    )
    layers: list[alt.Chart] = [
        rule,
        wide.add_params(moment),
        behind.encode(x=x, y=y, detail="line:N", color=colour(), opacity=faint),
    ]
    for name, look, width in (("grey", "published", 1.7), ("own", "valid", 2.2), ("thin", "valid", 1.1)):
        data = alt.Chart(alt.NamedData(name=name))
        common = {"x": x, "y": y, "color": colour(), "opacity": strong}
        layers.append(data.mark_line(strokeWidth=width, clip=True).encode(strokeDash=dash, detail="number:N", **common))
        marker = palette.ROLES[look].marker
        layers.append(
            data.mark_point(shape=marker, filled=True, size=46 if width > 2 else 26, clip=True).encode(**common)
        )
    views = named("tta", "tta").mark_point(shape=palette.ROLES["tta"].marker, filled=True, size=80, xOffset=7)
    tta_tip = [tip[0], alt.Tooltip("y:Q", title=tr("with TTA"), format=".2%")]
    # as far behind the last mark as the chart's edge allows, beyond which a number would be cut off
    apart_by = alt.ExprRef(expr="min(14, width - scale('x', datum.x) - 9 * length('' + datum.number))")
    ends = alt.Chart(alt.NamedData(name="ends")).mark_text(align="left", dx=apart_by, fontSize=14, fontWeight=700)
    # one layer that the pointer meets: a selection hears only the marks it is defined with
    hits = alt.Chart(alt.NamedData(name="hits")).mark_point(size=420, opacity=0, filled=True, clip=True)
    layers += [
        views.encode(x=x, y=y, color=colour(), tooltip=tta_tip, opacity=strong),
        ends.encode(x=x, y=y, text="number:N", color=colour(), opacity=strong),
        hits.encode(x=x, y=y, tooltip=[*tip[:2], *every[1:]]).add_params(hover),
    ]
    return spec_of(alt.layer(*layers).properties(width="container", height=HEIGHT))


def _x_axis(end: float, by: str) -> alt.Axis:
    if by == EPOCHS:
        every = max(1, math.ceil(end / 12))
        return alt.Axis(title=tr("epoch"), grid=False, values=list(range(0, int(end) + 1, every)), format="d")
    step = max(5, next((s for s in (10, 30, 60, 120, 300, 600) if end <= 8 * s), 1800))
    clock = "floor(datum.value / 60) + ':' + pad(datum.value % 60, 2, '0', 'left')"
    ticks = list(range(0, int(end) + 1, step))
    return alt.Axis(title=tr("training time (min:s)"), grid=False, values=ticks, labelExpr=clock)
