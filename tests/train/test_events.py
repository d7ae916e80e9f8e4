"""Events are flat, can be written as JSON, and are made in one place."""

import json

import pytest

from sota_core.analysis.series import Series, fold
from sota_core.train import events
from sota_core.train.summary import read_summary


def test_a_diverged_loss_is_null_not_nan():
    event = events.batch(step=1, total_steps=2, phase=0, loss=float("nan"), smooth_loss=float("inf"), lr=1e-3, mom=0.9)
    assert (event["loss"], event["smooth_loss"]) == (None, None)
    assert json.loads(json.dumps(event, allow_nan=False)) == event


def test_a_log_event_has_progress_only_where_there_is_some():
    assert events.log("hello") == {"kind": "log", "message": "hello", "stage": ""}
    assert events.log("x", stage="cache", done=3, total=9) == {
        "kind": "log",
        "message": "x",
        "stage": "cache",
        "done": 3,
        "total": 9,
    }


def test_every_constructor_makes_a_kind_that_is_listed():
    made = {
        events.tta_pass(k=0, n=10, accuracy=0.5, view_accuracy=0.5)["kind"],
        events.log("x")["kind"],
    }
    assert made < set(events.KINDS)


STARTED = events.started(
    device="CPU", precision="fp32", versions={}, n_train=30, n_valid=10, total_steps=3, recipe={"seed": 1}
)
EPOCH = events.epoch(
    phase=0,
    stage="main",
    epoch=0,
    step=3,
    train_loss=2.0,
    valid_loss=1.9,
    valid_ce=1.9,
    accuracy=0.5,
    seconds=1.0,
    images_per_s=9.0,
    n_valid=10,
)
BATCH = events.batch(step=1, total_steps=3, phase=0, loss=2.0, smooth_loss=2.0, lr=1e-3, mom=0.9)
PASS = events.tta_pass(k=0, n=10, accuracy=0.5, view_accuracy=0.5)
FIRST = events.first_batch(sheet="data:image/webp;base64,", n=8, bs=32, size=56)
ENDED = {"kind": "ended", "state": "finished"}


@pytest.mark.parametrize("event", [STARTED, FIRST, EPOCH, BATCH, PASS, events.log("x"), ENDED], ids=lambda e: e["kind"])
def test_what_is_made_is_read_as_it_was(event: dict):
    assert events.read(event) == event


@pytest.mark.parametrize(
    ("event", "field"),
    [
        *((EPOCH, name) for name in ("step", "valid_ce", "images_per_s", "n_valid")),
        (PASS, "view_accuracy"),
    ],
)
def test_what_an_older_version_did_not_write_is_none(event: dict, field: str):
    older = {name: value for name, value in event.items() if name != field}
    assert events.read(older) == {**event, field: None}


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "confetti"},
        {},
        *(
            {k: v for k, v in event.items() if k != name}
            for event, name in ((EPOCH, "phase"), (BATCH, "loss"), (PASS, "k"))
        ),
    ],
)
def test_what_is_not_understood_is_passed_over_by_the_fold_too(row: dict):
    assert events.read(row) is None
    whole = [STARTED, BATCH, EPOCH]
    assert fold(Series(), [*whole[:2], row, whole[2]]) == fold(Series(), whole)


def test_a_kept_summary_is_read_without_what_should_be_a_number_and_is_none():
    kept = {
        "accuracy": 0.5,
        "n_valid": "many",
        "seconds": float("nan"),
        "tta_accuracy": None,
        "note": "of a later version",
    }
    assert read_summary(kept) == {"accuracy": 0.5, "tta_accuracy": None, "note": "of a later version"}
    used = {"loader": "files", "precision": "bf16"}
    assert read_summary(used) == used and read_summary({"loader": 3, "precision": None}) == {}
