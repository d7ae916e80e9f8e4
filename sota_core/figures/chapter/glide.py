"""The printed curves between equal epochs and equal seconds: where each mark stands at every step of the way.

At both ends the axis is a real one. Between them a mark stands at the mix of its two places, and the axis is blank.
Published means grey and dashed, as everywhere; several lines at once are told apart by their dashes and by a number at
the end of each, which the key below the figure repeats. Numbers come from published.py.
"""

from collections.abc import Sequence
from functools import cache
from html import escape

from sota_core import words
from sota_core.figures import palette, plot
from sota_core.figures.frames import Slots
from sota_core.figures.plot import Axes, colour
from sota_core.language import cached, tr
from sota_core.published import SHORT, Experiment, experiments

EPOCHS, SECONDS = "epochs", "seconds"
WAY = (EPOCHS, *(f"{5 * i} %" for i in range(1, 20)), SECONDS)
AXES = Axes((0.0, 1.05), (0.2, 1.0))  # the first epochs of every table lie above a fifth
N_EPOCH_TICKS, N_SECOND_TICKS = 11, 8
_LINES = 5
_GAP = 0.045  # of the accuracy axis: the height of a number
_NEAR = 0.06  # of the other axis: the width of a number
_IDS = tuple(SHORT)


@cache
def _points(i: str) -> tuple[tuple[int, int, float], ...]:
    """Epochs and seconds since the beginning, and accuracy, row by row."""
    found, seconds = [], 0
    for epoch, row in enumerate(experiments()[i].rows, 1):
        seconds += row.seconds
        found.append((epoch, seconds, row.accuracy))
    return tuple(found)


def _ends(ids: Sequence[str]) -> tuple[int, int]:
    """The axis' last epoch and last second."""
    last = [_points(i)[-1] for i in ids] or [(5, 60, 0.0)]
    return max(epoch for epoch, _, _ in last), max(seconds for _, seconds, _ in last)


def places(i: str, ids: Sequence[str], by: str) -> list[float]:
    """Where an experiment's marks stand along the axis of these experiments, as shares of it."""
    (n_epochs, n_seconds), t = _ends(ids), WAY.index(by) / (len(WAY) - 1)
    return [(1 - t) * epoch / n_epochs + t * seconds / n_seconds for epoch, seconds, _ in _points(i)]


@cached(512)
def lines(ids: tuple[str, ...], by: str) -> Slots:
    """Each experiment's line and marks, and the number at its end."""
    found: dict[str, str] = {}
    stands = {i: places(i, ids, by) for i in ids}
    heights = _apart([(stands[i][-1], _points(i)[-1][2]) for i in ids])
    for k, i in enumerate(_IDS):
        xs = stands.get(i, [0.0] * len(_points(i)))
        found[f"seen{k}"] = "visible" if i in stands else "hidden"
        found[f"d{k}"] = AXES.path(xs, [accuracy for _, _, accuracy in _points(i)]) if i in stands else ""
        found |= {f"x{k}_{j}": AXES.left(x) for j, x in enumerate(xs)}
        found[f"end{k}_x"] = AXES.left(xs[-1])
        found[f"end{k}_y"] = AXES.up(heights[ids.index(i)] if i in stands else 0.2)
        found[f"number{k}"] = f"{ids.index(i) + 1}" if i in stands else ""
    return found


@cached(64)
def ticks(ids: tuple[str, ...]) -> Slots:
    """The numbers at both axes."""
    n_epochs, n_seconds = _ends(ids)
    found = _ticks("epoch", [(n, f"{n}") for n in range(0, n_epochs + 1, 5 if n_epochs > 10 else 1)], n_epochs)
    every = 60 if n_seconds <= 330 else 120
    clocks = [(s, f"{s // 60}:{s % 60:02d}") for s in range(0, n_seconds + 1, every)]
    return found | _ticks("second", clocks, n_seconds)


def _ticks(of: str, at: Sequence[tuple[int, str]], end: int) -> dict[str, str]:
    n = N_EPOCH_TICKS if of == "epoch" else N_SECOND_TICKS
    shown = [*at, *[(0, "")] * (n - len(at))]
    return {
        name: what
        for k, (value, text) in enumerate(shown)
        for name, what in ((f"{of}_tick{k}", text), (f"{of}_tick{k}_x", AXES.left(value / end)))
    }


def axis(by: str) -> Slots:
    """Which of the two axes is seen: neither on the middle half of the way."""
    t = WAY.index(by) / (len(WAY) - 1)
    title = {EPOCHS: tr("epoch"), SECONDS: tr("time (min:s)")}.get(by, tr("on the way from epochs to seconds"))
    return {
        "epochs_seen": f"{max(0.0, 1 - 4 * t):.2g}",
        "seconds_seen": f"{max(0.0, 4 * t - 3):.2g}",
        "x_title": title,
        **{f"y_tick{k}": words.percent(0.2 + 0.2 * k, 0) for k in range(_LINES)},
    }


def reading(by: str) -> Slots:
    """What there is to see at either end."""
    base, progressive = experiments()["notes/baseline-fp16"], experiments()["notes/progressive"]
    small = progressive.phases[0]
    spent = sum(row.seconds for row in small.rows)
    at = {
        EPOCHS: tr(
            "Compare ends, not middles: each schedule lowers its learning rate towards its own end, and accuracy "
            "rises there. A run stopped half-way is not the same as a run planned half as long."
        ),
        SECONDS: tr(
            "Four epochs at {size} px reach {small} in {small_time}; five at 224 px reach {base} in {base_time}. "
            "Book and notes ran on different machines: compare seconds within one text only.",
            size=small.size,
            small=words.percent(small.rows[-1].accuracy),
            small_time=words.clock(spent),
            base=words.percent(base.accuracy),
            base_time=words.clock(base.seconds),
        ),
    }
    way = tr("The same marks, moving from epochs to seconds: short epochs move to the left, long ones to the right.")
    return {"reading": at.get(by, way)}


def told(ids: tuple[str, ...], by: str) -> Slots:
    """The figure in words, for whoever does not see it."""
    said = "; ".join(
        tr(
            "{title} {accuracy} after {n} epochs in {time}",
            title=tr(SHORT[i]),
            accuracy=words.percent(e.accuracy, 2),
            n=len(e.rows),
            time=words.clock(e.seconds),
        )
        for i, e in _chosen(ids)
    )
    said = said or tr("None chosen")
    if by == EPOCHS:
        return {
            "said_curves": tr("Published accuracy by epoch. {experiments}.", experiments=said),
            "said": tr("Accuracy by epoch."),
        }
    if by == SECONDS:
        return {
            "said_curves": tr("Published accuracy by seconds. {experiments}.", experiments=said),
            "said": tr("Accuracy by seconds."),
        }
    return {
        "said_curves": tr(
            "Published accuracy {share} of the way from epochs to seconds. {experiments}.", share=by, experiments=said
        ),
        "said": tr("Accuracy {share} of the way from epochs to seconds.", share=by),
    }


def key(ids: Sequence[str]) -> list[str]:
    """One line for each experiment, in the order of the numbers at the ends of the lines."""
    return [
        tr(
            "**{k}** {title}: {accuracy} after {n} epochs, {time}",
            k=k,
            title=tr(SHORT[i]),
            accuracy=words.percent(e.accuracy, 2),
            n=len(e.rows),
            time=words.clock(e.seconds),
        )
        for k, (i, e) in enumerate(_chosen(ids), start=1)
    ]


def _chosen(ids: Sequence[str]) -> list[tuple[str, Experiment]]:
    return [(i, experiments()[i]) for i in ids]


VIEWS = (lines, ticks, axis, reading)


def _apart(ends: Sequence[tuple[float, float]]) -> list[float]:
    """Heights for labels at these (x, y), pushed upwards from one another where they would overlap."""
    heights = [y for _, y in ends]
    for i in sorted(range(len(ends)), key=lambda i: ends[i][1]):
        below = [
            j
            for j in range(len(ends))
            if j != i and (ends[j][1], j) < (ends[i][1], i) and abs(ends[j][0] - ends[i][0]) < _NEAR
        ]
        for j in sorted(below, key=lambda j: heights[j]):
            if abs(heights[i] - heights[j]) < _GAP:
                heights[i] = heights[j] + _GAP
    return heights


def _marks(k: int, i: str) -> str:
    """An experiment's marks, each with what it is, and its number."""
    grey, found, at = colour("published"), "", 0
    for phase in experiments()[i].phases:
        for row in phase.rows:
            epoch, seconds, accuracy = _points(i)[at]
            what = tr(
                "{title}: {accuracy}, {size} px, epoch {epoch}, {time}",
                title=tr(SHORT[i]),
                accuracy=words.percent(row.accuracy, 2),
                size=phase.size,
                epoch=epoch,
                time=words.clock(seconds),
            )
            found += (
                f'<i class="speck at" title="{escape(what)}" '
                f'style="background:{grey};--y:{AXES.up(accuracy)}" data-live="--x:x{k}_{at} --seen:seen{k}"></i>'
            )
            at += 1
    return found + (
        f'<b class="word at end" style="color:{grey}" '
        f'data-live="text:number{k} --x:end{k}_x --y:end{k}_y --seen:seen{k}"></b>'
    )


def _axis(of: str, n: int) -> str:
    numbers = "".join(f'<span class="tick" data-live="text:{of}_tick{k} --x:{of}_tick{k}_x"></span>' for k in range(n))
    return f'<span class="fading" data-live="--fade:{of}s_seen">{numbers}</span>'


@cached(None)
def template() -> str:
    """All experiments' lines, of which the chosen ones are seen."""
    return (
        plot.box(
            curves="".join(
                plot.curve(f"d{k}", "published", look=f"stroke-width:1.6;stroke-dasharray:{' '.join(map(str, dash))}")
                for k, dash in enumerate(palette.DASHES)
            ),
            over="".join(_marks(k, i) for k, i in enumerate(_IDS)),
            x_title="",
            y_title=tr("accuracy"),
            x_ticks=(),
            below=_axis("epoch", N_EPOCH_TICKS) + _axis("second", N_SECOND_TICKS),
            n_y_ticks=_LINES,
            height=320,
            live="aria-label:said_curves",
        )
        + f'<p class="x-words" style="color:{colour(palette.ROLES["published"].name)}" data-live="text:x_title"></p>'
    )


READING = '<p class="reading" data-live="text:reading"></p>'
