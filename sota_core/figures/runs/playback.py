"""A recorded run as frames that a browser plays by itself: what its curves and words show after each moment.

The lines are drawn once and uncovered from left to right; marks and words appear when the run reported them. Nothing is
asked of the server while it plays.
"""

import math

from sota_core import words
from sota_core.analysis.result import Reached, reached
from sota_core.analysis.series import Series, fold
from sota_core.analysis.verdict import sentences
from sota_core.figures import palette, plot
from sota_core.figures.frames import Knob, Slots, span
from sota_core.figures.plot import Axes, colour
from sota_core.language import cached, tr, tr_n
from sota_core.runs.recordings.recording import Recording, shipped
from sota_core.runs.recordings.replay import events_until
from sota_core.train.events import Event

MOMENT = "moment"  # the knob: seconds since the first batch
N_FRAMES = 160  # a run of two minutes at ten times the speed: 13 frames a second
MOST_EPOCHS, MOST_PASSES = 8, 9  # marks the figure has room for
HEIGHT = 118
_Y_TICKS = 3


def knob(of: Recording) -> Knob:
    """Seconds from 0 to the end, in even steps; a clock moves it."""
    end = _end(of)
    return Knob(MOMENT, MOMENT, span(0.0, end, end / N_FRAMES), is_ours=True)


def still(recording: str) -> Slots:
    """What is the same at every moment: the whole lines, where marks stand, the axes, the verdict."""
    return dict(_still(recording))


@cached(8)
def _still(recording: str) -> Slots:
    of = shipped()[recording]
    series, got = fold(Series(), of.events), reached(of.summary)
    top = _top(series)
    losses, shares = Axes((0.0, _width(of)), (0.0, top)), Axes((0.0, _width(of)), (0.0, 1.0))
    batches = [e for e in of.events if e["kind"] == "batch"]
    epochs = [(_t(e), e["accuracy"]) for e in of.events if e["kind"] == "epoch"]
    passes = [(_t(e), e["accuracy"]) for e in of.events if e["kind"] == "tta_pass"]
    slots = {
        "loss": losses.path([_t(e) for e in batches], [min(top, e["smooth_loss"] or top) for e in batches]),
        "accuracy": shares.path(*zip(*epochs, strict=True)),
        "verdict": " ".join(sentences(series, of.recipe)),
        "said_end": _said_end(of, len(epochs), got),
    }
    for i in range(_Y_TICKS):
        share = i / (_Y_TICKS - 1)
        slots |= {f"loss_tick{i}": words.short(share * top, 6), f"share_tick{i}": f"{100 * share:.0f}\u00a0%"}
    for name, told, most in (("epoch", epochs, MOST_EPOCHS), ("pass", passes, MOST_PASSES)):
        for i in range(most):
            x, y = (shares.left(told[i][0]), shares.up(told[i][1])) if i < len(told) else ("0", "0")
            slots |= {f"{name}{i}_x": x, f"{name}{i}_y": y}
    return slots


def _said_end(of: Recording, n_epochs: int, got: Reached) -> str:
    said = {
        "time": words.clock(_end(of)),
        "epochs": tr_n("{n} epoch", "{n} epochs", n_epochs),
        "share": words.percent(got.accuracy),
        "pictures": tr_n("{n} picture", "{n} pictures", got.n or 0),
    }
    if not got.tta_accuracy:
        return tr("A recorded run of {time}: {epochs}, {share} of {pictures} right.", **said)
    return tr(
        "A recorded run of {time}: {epochs}, {share} of {pictures} right, {tta} with test-time augmentation.",
        tta=words.percent(got.tta_accuracy),
        **said,
    )


def frame(moment: float, recording: str) -> Slots:
    """What the run has reported after so many seconds of the recording."""
    of = shipped()[recording]
    seen = events_until(of, moment)
    series = fold(Series(), seen)
    is_over = seen[-1]["kind"] == "ended"
    slots = {
        "now": f"{moment / _width(of):.4g}",
        "told": f"{max((_t(e) for e in seen if e['kind'] == 'epoch'), default=0.0) / _width(of):.4g}",
        "clock": tr("{now} of {end}", now=words.clock(moment), end=words.clock(_end(of))),
        "doing": _doing(series, of, is_over),
        "figures": _figures(series),
        "is_over": _seen(is_over),
        "is_going": _seen(not is_over),
    }
    for name, n, most in (("epoch", len(series.epochs), MOST_EPOCHS), ("pass", len(series.tta), MOST_PASSES)):
        slots |= {f"{name}{i}_seen": _seen(i < n) for i in range(most)}
    return slots


VIEWS, STILL = (frame,), (still,)


def _seen(is_there: bool) -> str:
    return "visible" if is_there else "hidden"


def _doing(series: Series, of: Recording, is_over: bool) -> str:
    n = of.recipe.total_epochs
    if is_over:
        return tr("Finished")
    if series.tta:
        return tr("Test-time augmentation, {view}", view=words.tta_view(series.tta[-1].k, of.recipe.tta_n))
    if len(series.epochs) == n:
        return tr("Last validation, on all pictures")
    return tr("Training, epoch {epoch} of {n}", epoch=len(series.epochs) + 1, n=n)


def _figures(series: Series) -> str:
    """The latest loss and accuracy, and, once there are views, the accuracy with TTA."""
    said = [tr("loss {loss}", loss=words.loss(series.batches.smooth_loss[-1]))] if len(series.batches) else []
    if series.tta:
        said.append(tr("accuracy {share}", share=words.percent(series.tta[0].accuracy)))
        if len(series.tta) > 1:
            said.append(tr("{share} with TTA", share=words.percent(series.tta[-1].accuracy)))
    elif series.epochs:
        said.append(tr("accuracy {share}", share=words.percent(series.epochs[-1].accuracy)))
    return " · ".join(said)


def _end(of: Recording) -> float:
    return max(1.0, of.duration_s)


def _width(of: Recording) -> float:
    """Seconds the figure is wide: room for the last mark."""
    return 1.02 * _end(of)


def _top(series: Series) -> float:
    """The top of the loss axis, a whole number that holds the curve."""
    highest = max((loss for loss in series.batches.smooth_loss if loss is not None), default=2.0)
    return float(max(1, math.ceil(min(highest, 20.0))))


def _t(event: Event) -> float:
    return event.get("t", 0.0)


def _marks(name: str, shape: str, role: str, n: int) -> str:
    return "".join(
        f'<i class="{shape} at" style="background:{colour(role)}" '
        f'data-live="--x:{name}{i}_x --y:{name}{i}_y --seen:{name}{i}_seen"></i>'
        for i in range(n)
    )


def _box(slot: str, role: str, title: str, ticks: str, over: str = "") -> str:
    return plot.box(
        curves=plot.curve(slot, role, look="stroke-width:2"),
        over=over,
        x_title="",
        y_title=title,
        x_ticks=(),
        n_y_ticks=_Y_TICKS,
        height=HEIGHT,
        live="aria-label:said_end",
        y_slot=ticks,
    )


def _key(role: str, of: str) -> str:
    return f'<span style="color:{colour(role)}">{palette.ROLES[role].glyph} {of}</span>'


@cached(None)
def template() -> str:
    """The two lines that are uncovered, and what the run is doing."""
    keys = (("train", tr("training")), ("valid", tr("validation")), ("tta", tr("test-time augmentation")))
    marks = _marks("epoch", "diamond", "valid", MOST_EPOCHS) + _marks("pass", "triangle", "tta", MOST_PASSES)
    accuracy = tr("accuracy after each epoch, then with each view")
    return (
        '<div class="playback" data-live="--now:now"><p class="key"><b data-live="text:doing"></b>'
        '<span class="grey" data-live="text:clock"></span><span data-live="text:figures"></span></p><div class="pair">'
        + _box("loss", "train", tr("loss of each batch"), "loss_tick")
        + '<div data-live="--now:told">'
        + _box("accuracy", "valid", accuracy, "share_tick", marks)
        + f'</div></div><p class="key">{" ".join(_key(role, said) for role, said in keys)}</p></div>'
    )


@cached(None)
def outcome() -> str:
    """What is told at the end. Its room is kept from the start, so that nothing moves when it appears."""
    wait = tr(
        "The verdict appears here when the run is over: how far it got, whether it was still gaining, and what "
        "test-time augmentation added."
    )
    return (
        '<div class="playback"><div class="told"><p class="verdict grey" data-live="text:verdict --seen:is_over"></p>'
        f'<p class="grey" data-live="--seen:is_going">{wait}</p></div></div>'
    )
