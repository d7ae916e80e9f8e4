"""Which classes a net takes for which, and the mistakes it was surest of: from stored probabilities, NumPy only."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np

from sota_core import words
from sota_core.errors import ShapeError
from sota_core.figures.figure import Figure, Rows, colour, named, spec_of
from sota_core.language import cached, tr, tr_n

CELL = 24  # pixels of a row
LONGEST = 110  # pixels of a name along the top, which leans at SLANT degrees
SLANT = 40
NARROWEST = 24  # pixels of a column: ten of them on a phone
MOST_SHOWN = 20  # classes with a row of their own: squares of more cannot be told apart


@dataclass(frozen=True, slots=True)
class Mistake:
    """Picture `index` is a `truth`, and the net said `said` with probability `p`."""

    index: int
    truth: int
    said: int
    p: float


def confusion(probs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Counts by true class (row) and said class (column).

    Shapes
        probs    (B, N)
        labels   (B,)
        returns  (N, N)  int64, sums to B; its diagonal is what was right

    Raises
        ShapeError  labels is not (B,).

    >>> confusion(np.array([[.9, .1], [.6, .4], [.2, .8]]), np.array([0, 1, 1])).tolist()
    [[1, 0], [1, 1]]
    """
    if probs.ndim != 2 or labels.shape != probs.shape[:1]:
        raise ShapeError(f"confusion: needs probs (B, N) and labels (B,), got {probs.shape} and {labels.shape}")
    n = probs.shape[1]
    return np.bincount(labels * n + probs.argmax(1), minlength=n * n).reshape(n, n)


def surest_mistakes(probs: np.ndarray, labels: np.ndarray, n: int) -> list[Mistake]:
    """The wrong answers with the highest probability, the surest first; of equals the earlier picture.

    Shapes
        probs   (B, N)
        labels  (B,)
    """
    said = probs.argmax(1)
    wrong = np.flatnonzero(said != labels)
    p = probs[wrong, said[wrong]]
    order = wrong[np.argsort(-p, kind="stable")][:n]
    return [Mistake(int(i), int(labels[i]), int(said[i]), float(probs[i, said[i]])) for i in order]


def worst_pairs(counts: np.ndarray, n: int = 3) -> list[tuple[int, int, int]]:
    """(true class, said class, how often) of the commonest mistakes."""
    off = counts.copy()
    np.fill_diagonal(off, 0)
    order = np.argsort(-off, axis=None, kind="stable")[:n]
    found = [(int(i) // len(off), int(i) % len(off), int(off.flat[i])) for i in order]
    return [pair for pair in found if pair[2]]


def pairs_table(counts: np.ndarray, names: Sequence[str]) -> str:
    """The commonest mistakes as a markdown table; empty where there is no mistake."""
    pairs = worst_pairs(counts)
    if not pairs:
        return ""
    safe = [words.markdown_safe(name) for name in names]
    rows = [f"| {safe[i]} | {safe[j]} | {words.count(times)} |" for i, j, times in pairs]
    return "\n".join([tr("| it is | it says | pictures |"), "|:--|:--|--:|", *rows])


def shown_classes(counts: np.ndarray) -> list[int]:
    """The classes with a row, in order: all, or the MOST_SHOWN in most mistakes, on either side."""
    wrong = counts.sum(0) + counts.sum(1) - 2 * np.diagonal(counts)
    return sorted(np.argsort(-wrong, kind="stable")[:MOST_SHOWN].tolist())


def what_is_shown(n_classes: int) -> str:
    """A sentence on which classes the matrix has; empty if it has all."""
    if n_classes <= MOST_SHOWN:
        return ""
    return tr(
        "The matrix shows the {n} of {total} classes that are most often involved in mistakes.",
        n=MOST_SHOWN,
        total=words.count(n_classes),
    )


def matrix(counts: np.ndarray, names: Sequence[str]) -> Figure:
    """Squares, deeper in colour the larger their share of the row: right ones on the diagonal, wrong ones off it.

    Shares are of all the row's pictures, even if not every class has a column.
    """
    totals, shown = np.maximum(counts.sum(1), 1), shown_classes(counts)
    cells: dict[str, Rows] = {"right": (rights := []), "wrong": (wrongs := [])}
    for i, j in itertools.product(shown, shown):
        count = int(counts[i, j])
        if count:
            share = count / int(totals[i])
            (rights if i == j else wrongs).append(
                {
                    "truth": names[i],
                    "said": names[j],
                    "count": count,
                    "depth": 0.16 + 0.6 * (share if i == j else min(1.0, 3 * share)),
                    "what": tr("{truth} taken for {answer}", truth=names[i], answer=names[j])
                    if i != j
                    else tr("{truth}, right", truth=names[i]),
                    "share": words.percent(share),
                }
            )
    pairs = "; ".join(
        tr_n(
            "{truth} taken for {answer} {n} time",
            "{truth} taken for {answer} {n} times",
            n,
            truth=names[i],
            answer=names[j],
        )
        for i, j, n in worst_pairs(counts)
    )
    right, total = int(np.trace(counts)), int(counts.sum())
    return Figure(
        _spec(tuple(names[k] for k in shown)),
        cells,
        tr_n(
            "Confusion matrix of {n} picture: {right} right.",
            "Confusion matrix of {n} pictures: {right} right.",
            total,
            right=words.count(right),
        )
        + " "
        + (tr("Commonest mistakes: {pairs}.", pairs=pairs) if pairs else tr("No mistake."))
        + f" {what_is_shown(len(names))}".rstrip(),
    )


@cached(16)
def _spec(names: tuple[str, ...]) -> dict:
    x = alt.X(
        "said:N",
        scale=alt.Scale(domain=list(names)),
        axis=alt.Axis(
            title=tr("the net says"),
            orient="top",
            labelAngle=-SLANT,
            labelLimit=LONGEST,
            grid=False,
            labelOverlap=False,
        ),
    )
    y = alt.Y(
        "truth:N",
        scale=alt.Scale(domain=list(names)),
        axis=alt.Axis(title=tr("it is"), labelLimit=120, grid=False, labelOverlap=False),
    )
    tip = [
        alt.Tooltip("what:N", title=" "),
        alt.Tooltip("count:Q", title=tr("pictures")),
        alt.Tooltip("share:N", title=tr("of its class")),
    ]

    def squares(role: str) -> list[alt.Chart]:
        data = named(role, role)
        rect = data.mark_rect(cornerRadius=2).encode(
            x=x, y=y, color=colour(), opacity=alt.Opacity("depth:Q", scale=None), tooltip=tip
        )
        # grey reads on every depth of both colours, in both modes
        text = named(role, "published").mark_text(fontSize=11.5, fontWeight=600).encode(x=x, y=y, text="count:Q")
        return [rect, text.encode(color=alt.value("currentColor"))]

    chart = alt.layer(*squares("right"), *squares("wrong"))
    room = {"left": 5, "top": 5, "right": _beyond(names), "bottom": 5}
    return spec_of(chart.properties(width="container", height=_above(names) + CELL * len(names), padding=room))


def _beyond(names: Sequence[str]) -> int:
    """Pixels by which the leaning names stand out on the right, on a phone too."""
    reach = [min(LONGEST, 7 * len(name)) * math.cos(math.radians(SLANT)) for name in names]
    out = (r - (i + 0.5) * NARROWEST for i, r in enumerate(reversed(reach)))
    return 5 + max(0, round(max(out, default=0)))


def _above(names: Sequence[str]) -> int:
    """Pixels that the title and the leaning names take: the figure's height holds them too."""
    longest = min(LONGEST, 7 * max(map(len, names)))  # 7 px a letter, rather too many
    return 36 + round(longest * math.sin(math.radians(SLANT)))
