"""The words a run speaks: one small function per kind of event, each returning a flat dict.

`run`, `attempt`, `seq` and `t` are added by whoever records the event. Shares are fractions, times seconds.
"""

import math
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
Emit = Callable[[Event], None]

KINDS = ("started", "batch", "epoch", "tta_pass", "log", "ended")


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
) -> Event:
    """Data is ready, the first batch comes next. `device` in words, `versions` package → version.

    data  the pictures' fingerprint (Listing.fingerprint); whoever keeps runs takes it out and keeps it with the run
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
    }


def batch(*, step: int, total_steps: int, phase: int, loss: float, smooth_loss: float, lr: float, mom: float) -> Event:
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
) -> Event:
    """A line of fastai's table. `stage` is `frozen` in fine_tune's first epoch, else `main`.

    train_loss, valid_loss  the training objective (smoothed targets where they are); mixup's train_loss is mixed,
                            its valid_loss is not, so the two are not comparable there
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


def tta_pass(*, k: int, n: int, accuracy: float, view_accuracy: float) -> Event:
    """Accuracy on all n validation pictures after k augmented views, combined as the recipe says; k = 0 is plain.

    `view_accuracy` is that of view k alone.
    """
    return {"kind": "tta_pass", "k": k, "n": n, "accuracy": accuracy, "view_accuracy": view_accuracy}


def log(message: str, *, stage: str = "", done: int | None = None, total: int | None = None) -> Event:
    """A sentence for people; with `done` of `total` where a stage (data, cache, valid, tta, export) has progress."""
    event: Event = {"kind": "log", "message": message, "stage": stage}
    if done is not None:
        event |= {"done": done, "total": total}
    return event


def finite(value: float) -> float | None:
    """JSON knows neither NaN nor infinity: a diverged loss is None."""
    return value if math.isfinite(value) else None
