"""Events are flat, JSON, and made in one place."""

import json

from sota_core.train import events


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
