"""A run's confusion matrix and its counts after each of its epochs, as frames: which classes it confuses when."""

from functools import lru_cache

import numpy as np

from sota_core import words
from sota_core.data.pictures.listing import display_names
from sota_core.figures import plot
from sota_core.figures.frames import Slots
from sota_core.figures.plot import Axes, colour
from sota_core.figures.runs.confusion import MOST_SHOWN, what_is_shown, worst_pairs
from sota_core.inference.epochs import Epochs
from sota_core.language import N_, cached, tr, tr_n

N_PAIRS = 3
N_LINES, HEIGHT = 3, 150
OTHERS = N_("any other")


def title(of: Epochs, k: int) -> str:
    return display_names(of.classes)[k]


@lru_cache(maxsize=32)
def shown_classes(of: Epochs) -> tuple[int, ...]:
    """The classes with a row, in order: all, or the MOST_SHOWN in most mistakes of the kept epochs, on either side."""
    n, is_wrong = len(of.classes), of.asked & ~of.is_right
    truths, answers = np.broadcast_to(of.labels, of.said.shape)[is_wrong], of.said[is_wrong]
    wrong = np.bincount(truths, minlength=n) + np.bincount(answers, minlength=n)
    return tuple(sorted(np.argsort(-wrong, kind="stable")[:MOST_SHOWN].tolist()))


@cached(32)
def still(of: Epochs) -> Slots:
    """What is the same at every epoch: names, and the lines over all epochs with their axis."""
    found = {"n_epochs": words.count(of.n_epochs), f"name{len(shown_classes(of))}": tr(OTHERS)}
    found |= {f"name{row}": title(of, k) for row, k in enumerate(shown_classes(of))}
    axes, changed = _axes(of), [of.changed(i) for i in range(len(of.numbers))]
    lines = {"right": of.accuracy()}
    for which, name in enumerate(("learnt", "forgotten")):
        lines[name] = np.array([len(each[which]) for each in changed]) / of.asked.sum(1)
    found |= {f"{name}_line": axes.path(of.numbers[skip:], line[skip:]) for name, line in lines.items()
              for skip in [0 if name == "right" else 1]}  # fmt: skip
    return found | {f"y_tick{i}": words.percent(i / (N_LINES - 1), 0) for i in range(N_LINES)}


@cached(1024)
def matrix(of: Epochs, epoch: int) -> Slots:
    """Counts by true class (row) and said class (column), and how deep each square is: by its share of the row."""
    counts, shown = of.confusion(of.numbers.index(epoch)), list(shown_classes(of))
    rest = np.delete(counts, shown, axis=1).sum(1, keepdims=True)
    squares = np.hstack([counts[:, shown], rest])[shown, : len(shown) + (len(shown) < len(counts))]
    shares = squares / np.maximum(counts.sum(1), 1)[shown, None]
    found = {}
    for (row, column), count in np.ndenumerate(squares):
        share = shares[row, column]
        depth = 0.1 + 0.4 * (share if row == column else min(1.0, 3 * share)) if count else 0.0
        found |= {f"n{row}_{column}": f"{count}" if count else "", f"d{row}_{column}": f"{depth:.3g}"}
    return found


@cached(1024)
def counts(of: Epochs, epoch: int) -> Slots:
    """How many are right, what has turned since the epoch before, and the pairs it confuses most."""
    i = of.numbers.index(epoch)
    n, right, axes = int(of.asked[i].sum()), int(of.is_right[i].sum()), _axes(of)
    found = {
        "epoch": words.count(epoch),
        "right": words.percent(right / n),
        "n": tr_n("{n} picture", "{n} pictures", n),
        "wrong": words.count(n - right),
        "turned": turned(of, i),
        "epoch_x": axes.left(epoch),
        "right_y": axes.up(right / n),
    }
    pairs = worst_pairs(of.confusion(i), N_PAIRS)
    for row in range(N_PAIRS):
        is_it, says, times = pairs[row] if row < len(pairs) else (0, 0, 0)
        found |= {
            f"pair{row}": "" if times else "none",
            f"is{row}": title(of, is_it) if times else "",
            f"says{row}": title(of, says) if times else "",
            f"times{row}": words.count(times),
        }
    return found


def turned(of: Epochs, i: int) -> str:
    """What has been learnt and forgotten since the kept epoch before."""
    if i == 0:
        return tr("It is the first one, so nothing has turned yet.")
    learnt, forgotten = of.changed(i)
    return tr_n(
        "Since epoch {epoch}, {n} picture turned right and {forgotten} turned wrong again.",
        "Since epoch {epoch}, {n} pictures turned right and {forgotten} turned wrong again.",
        len(learnt),
        epoch=of.numbers[i - 1],
        forgotten=words.count(len(forgotten)),
    )


def told(of: Epochs, epoch: int) -> Slots:
    """The figures in words, for whoever does not see them."""
    now = counts(of, epoch)
    pairs = [
        tr("{truth} taken for {answer} {n} times", truth=now[f"is{k}"], answer=now[f"says{k}"], n=now[f"times{k}"])
        for k in range(N_PAIRS)
        if not now[f"pair{k}"]
    ]
    said = tr(
        "After epoch {epoch} of {n_epochs}: {share} of {pictures} right. {turned}",
        epoch=now["epoch"],
        n_epochs=words.count(of.n_epochs),
        share=now["right"],
        pictures=now["n"],
        turned=now["turned"],
    )
    most = " " + tr("Confused most often: {pairs}.", pairs="; ".join(pairs)) if pairs else ""
    lines = tr("Right, learnt and forgotten by epoch.")
    return {"said": said + most, "said_lines": f"{lines} {said}"}


VIEWS = (still, matrix, counts)


def over_all_epochs(of: Epochs) -> str:
    """What became of the pictures over the whole training, in markdown."""
    never, forgotten = int((of.learnt == 0).sum()), int((of.forgotten > 0).sum())
    kept = len(of) - never - forgotten
    said = tr_n(
        "Over all {epochs}: **{n} picture learnt and never forgotten**, **{forgotten} forgotten at least once**, "
        "{never} never right.",
        "Over all {epochs}: **{n} pictures learnt and never forgotten**, **{forgotten} forgotten at least once**, "
        "{never} never right.",
        kept,
        epochs=tr_n("{n} epoch", "{n} epochs", of.n_epochs),
        forgotten=words.count(forgotten),
        never=words.count(never),
    )
    most = int(of.forgotten.max())
    return said + (" " + tr("Nothing was forgotten more than {n} times.", n=most) if most > 1 else "")


def spans(of: Epochs, picture: int) -> str:
    """The kept epochs after which a picture was right, in words."""
    found: list[list[int]] = []
    for i in np.flatnonzero(of.is_right[:, picture]).tolist():
        if found and found[-1][-1] == i - 1:
            found[-1].append(i)
        else:
            found.append([i])
    said = [f"{of.numbers[run[0]]}" + (f"–{of.numbers[run[-1]]}" if len(run) > 1 else "") for run in found]
    return tr("epoch {spans}", spans=", ".join(said)) if said else tr("none that is kept")


def what_is_kept(of: Epochs) -> str:
    """Sentences on which epochs, pictures and classes are on the screen; empty if all are."""
    said = []
    if len(of.numbers) < of.n_epochs:
        said.append(
            tr(
                "{n} of {total} epochs are kept, evenly spread, so *since* spans several.",
                n=len(of.numbers),
                total=words.count(of.n_epochs),
            )
        )
    if len(of) < of.n_asked:
        said.append(
            tr(
                "{n} of {total} validation pictures are kept, evenly spread.",
                n=words.count(len(of)),
                total=words.count(of.n_asked),
            )
        )
    if not of.asked.all():
        said.append(tr("Its phases were validated on different pictures; only the same ones are compared."))
    return " ".join(filter(None, [*said, what_is_shown(len(of.classes))]))


def matrix_template(of: Epochs) -> str:
    """Rows what a picture is, columns what the net says."""
    n = len(shown_classes(of))
    columns = range(n + (n < len(of.classes)))
    head = "".join(
        f'<th scope="col" class="says"><span class="upright" data-live="text:name{c}"></span></th>' for c in columns
    )
    rows = "".join(
        f'<tr><th scope="row" class="truth" data-live="text:name{r}"></th>'
        + "".join(
            f'<td class="square" style="--role:{colour("right" if r == c else "wrong")}" data-live="--d:d{r}_{c}">'
            f'<span class="count" data-live="text:n{r}_{c}"></span></td>'
            for c in columns
        )
        + "</tr>"
        for r in range(n)
    )
    name, corner = tr("Confusion matrix"), tr("it is ↓ &ensp; it says →")
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{name}"><table class="squares">'
        f'<thead><tr><th scope="col" class="corner">{corner}</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def counts_template(of: Epochs) -> str:
    """The counts in words, the commonest pairs, and the lines over all epochs with a mark at this one."""
    axes = _axes(of)
    at = sorted(
        {of.numbers[i] for i in np.linspace(0, len(of.numbers) - 1, min(5, len(of.numbers))).round().astype(int)}
    )
    lines = (
        plot.curve("right_line", "valid", look="stroke-width:2")
        + plot.curve("learnt_line", "right", look="stroke-width:1.5")
        + plot.curve("forgotten_line", "wrong", look="stroke-width:1.5", is_dashed=True)
    )
    marks = (
        '<i class="rule down" data-live="--x:epoch_x"></i>'
        f'<i class="diamond at" style="background:{colour("valid")}" data-live="--x:epoch_x --y:right_y"></i>'
    )
    pairs = "".join(
        f'<tr data-live="class:pair{k}"><th scope="row" data-live="text:is{k}"></th><td data-live="text:says{k}"></td>'
        f'<td data-live="text:times{k}"></td></tr>'
        for k in range(N_PAIRS)
    )
    key = "".join(
        f'<span style="color:{colour(role)}">{words_}</span>'
        for role, words_ in (
            ("valid", "◆ " + tr("right")),
            ("right", "― " + tr("turned right since the epoch before")),
            ("wrong", "╌ " + tr("turned wrong again")),
        )
    )
    now = tr(
        "After epoch {epoch} of {n_epochs}, {share} of {pictures} are right and {wrong} wrong.",
        epoch='<b data-live="text:epoch"></b>',
        n_epochs='<span data-live="text:n_epochs"></span>',
        share='<b data-live="text:right"></b>',
        pictures='<span data-live="text:n"></span>',
        wrong='<b data-live="text:wrong"></b>',
    )
    it_is, it_says, pictures = tr("it is"), tr("it says"), tr("pictures")
    return (
        f'<p>{now} <span data-live="text:turned"></span></p>'
        f'<table class="numbers" style="margin-bottom:1rem"><thead><tr><th scope="row">{it_is}</th>'
        f'<th scope="col">{it_says}</th><th scope="col">{pictures}</th></tr></thead><tbody>{pairs}</tbody></table>'
        + plot.box(
            curves=lines, over=marks, x_title=tr("epoch"), y_title=tr("share of the pictures"),
            n_y_ticks=N_LINES, height=HEIGHT,
            x_ticks=[(float(axes.left(number)), words.count(number)) for number in at], live="aria-label:said_lines",
        )
        + f'<div class="key">{key}</div>'
    )  # fmt: skip


def _axes(of: Epochs) -> Axes:
    """The axes of at least two epochs."""
    first, last = of.numbers[0], of.numbers[-1]
    room = 0.03 * (last - first)  # so that the mark of either end is whole
    return Axes((first - room, last + room), (0.0, 1.0))
