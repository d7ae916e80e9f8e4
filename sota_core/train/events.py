"""The events that a run emits: the form of each kind, a small function that makes it, and `read` for all of them.

On the wire (the store, `--jsonl`, recordings) an event is one flat JSON object. `run`, `attempt`, `seq` and `t` are
added by whoever records it. Shares are fractions, times are in seconds.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal, NotRequired, TypedDict, cast

from sota_core.later import Later, stored

# Enough for a curve on a screen. fastai's loop makes no more (callbacks.Telemetry), because to read a loss makes a GPU
# wait; and the worker drops what any other trainer emits beyond it (sink.Sink), because all runs share one store.
BATCH_EVENTS_PER_S = 10.0


class _Recorded(TypedDict, total=False):
    """What is added to an event when it is recorded: the run's id and attempt, a number from 1, seconds since 1970."""

    run: str
    attempt: int
    seq: int
    t: float


class Started(_Recorded):
    """See `started`. `data` does not leave the worker; a recording has `recipe` and `versions` at its head instead."""

    kind: Literal["started"]
    device: str
    precision: str
    versions: NotRequired[dict[str, str]]
    n_train: int
    n_valid: int
    total_steps: int
    recipe: NotRequired[dict[str, Any]]
    data: NotRequired[str | None]
    loader: NotRequired[str]


class Batch(_Recorded):
    """See `batch`. A loss is None where it was not finite."""

    kind: Literal["batch"]
    step: int
    total_steps: int
    phase: int
    loss: float | None
    smooth_loss: float | None
    lr: float
    mom: float


class FirstBatch(_Recorded):
    """See `first_batch`."""

    kind: Literal["first_batch"]
    sheet: str
    n: int
    bs: int
    size: int


class Epoch(_Recorded):
    """See `epoch`. A loss is None where it was not finite; other values where an older version did not write them."""

    kind: Literal["epoch"]
    phase: int
    stage: str
    epoch: int
    step: int | None
    train_loss: float | None
    valid_loss: float | None
    valid_ce: float | None
    accuracy: float
    seconds: float
    images_per_s: float | None
    n_valid: int | None


class TtaPass(_Recorded):
    """See `tta_pass`."""

    kind: Literal["tta_pass"]
    k: int
    n: int
    accuracy: float
    view_accuracy: float | None


class Log(_Recorded):
    """See `log`."""

    kind: Literal["log"]
    message: str
    later: NotRequired[str]
    stage: NotRequired[str]
    done: NotRequired[int]
    total: NotRequired[int | None]


class Ended(_Recorded):
    """The run's end, written by the store with the transition: the terminal state, and why."""

    kind: Literal["ended"]
    state: str
    reason: NotRequired[str | None]
    message: NotRequired[str]


Event = Started | FirstBatch | Batch | Epoch | TtaPass | Log | Ended
Emit = Callable[[Event], None]

_SHAPES: Mapping[str, type] = {
    "started": Started,
    "first_batch": FirstBatch,
    "batch": Batch,
    "epoch": Epoch,
    "tta_pass": TtaPass,
    "log": Log,
    "ended": Ended,
}
KINDS = tuple(_SHAPES)
# What older versions did not write; it is read as None.
_LATER: Mapping[str, dict[str, None]] = {
    "epoch": dict.fromkeys(("step", "valid_ce", "images_per_s", "n_valid")),
    "tta_pass": {"view_accuracy": None},
}
_NEEDED = {kind: shape.__required_keys__ - _LATER.get(kind, {}).keys() for kind, shape in _SHAPES.items()}


def read(row: Mapping[str, Any]) -> Event | None:
    """An event as it comes from the store, from a file or from another version of this program.

    None for a kind that is not known here, and for an event that lacks what its kind must have: a reader of a run's
    events skips what it cannot understand, and never fails on it.
    """
    kind = row.get("kind", "")
    needed = _NEEDED.get(kind)
    if needed is None or not needed <= row.keys():
        return None
    later = _LATER.get(kind)
    return cast(Event, {**later, **row} if later else row)


def started(
    *,
    device: str,
    precision: str,
    versions: dict[str, str],
    n_train: int,
    n_valid: int,
    total_steps: int,
    recipe: dict,
    data: str | None = None,
    loader: str = "",
) -> Started:
    """Data is ready, the first batch comes next. `device` in words, `versions` package → version.

    data    the pictures' fingerprint (Listing.fingerprint); the run store takes it out and keeps it with the run
    loader  the one in use, which is `files` also where the disk had no room for the cache; "" in an older version
    """
    return {
        "kind": "started",
        "device": device,
        "precision": precision,
        "versions": versions,
        "n_train": n_train,
        "n_valid": n_valid,
        "total_steps": total_steps,
        "recipe": recipe,
        "data": data,
        "loader": loader,
    }


def first_batch(*, sheet: str, n: int, bs: int, size: int) -> FirstBatch:
    """What the net is given first, once a run.

    sheet  n of its bs pictures in rows of four, as a data: address; the net gets them at size × size px
    """
    return {"kind": "first_batch", "sheet": sheet, "n": n, "bs": bs, "size": size}


def batch(*, step: int, total_steps: int, phase: int, loss: float, smooth_loss: float, lr: float, mom: float) -> Batch:
    """One training step. `step` counts from 1 over all phases; `smooth_loss` is fastai's, restarted in every fit."""
    return {
        "kind": "batch",
        "step": step,
        "total_steps": total_steps,
        "phase": phase,
        "loss": finite(loss),
        "smooth_loss": finite(smooth_loss),
        "lr": lr,
        "mom": mom,
    }


def epoch(
    *,
    phase: int,
    stage: str,
    epoch: int,
    step: int,
    train_loss: float,
    valid_loss: float,
    valid_ce: float,
    accuracy: float,
    seconds: float,
    images_per_s: float,
    n_valid: int,
) -> Epoch:
    """A line of fastai's table. `stage` is `frozen` in fine_tune's first epoch, else `main`.

    train_loss, valid_loss  the training objective, with smoothed targets if the recipe smooths; with mixup only
                            train_loss is on mixed targets, so the two are not comparable there
    valid_ce                plain cross-entropy on the same validation pictures, comparable between recipes
    epoch                   counts from 0 within each fit, as fastai prints it
    images_per_s            training pictures per second of the training part
    """
    return {
        "kind": "epoch",
        "phase": phase,
        "stage": stage,
        "epoch": epoch,
        "step": step,
        "train_loss": finite(train_loss),
        "valid_loss": finite(valid_loss),
        "valid_ce": finite(valid_ce),
        "accuracy": accuracy,
        "seconds": seconds,
        "images_per_s": images_per_s,
        "n_valid": n_valid,
    }


def tta_pass(*, k: int, n: int, accuracy: float, view_accuracy: float) -> TtaPass:
    """Accuracy on all n validation pictures after k augmented views, combined as the recipe says; k = 0 is plain.

    `view_accuracy` is that of view k alone.
    """
    return {"kind": "tta_pass", "k": k, "n": n, "accuracy": accuracy, "view_accuracy": view_accuracy}


def log(message: str, *, stage: str = "", done: int | None = None, total: int | None = None) -> Log:
    """A sentence for people; with `done` of `total` where a stage (data, cache, valid, tta, export) has progress.

    A message that can be translated is also kept under `later`, as later.py stores it.
    """
    event: Log = {"kind": "log", "message": str(message), "stage": stage}
    if isinstance(message, Later):
        event["later"] = stored(message)
    if done is not None:
        event["done"], event["total"] = done, total
    return event


def finite(value: float) -> float | None:
    """JSON knows neither NaN nor infinity: a diverged loss is None."""
    return value if math.isfinite(value) else None
