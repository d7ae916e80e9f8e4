"""What a run does before its first batch, and what its first batch shows."""

import pytest

from sota_core.analysis.preparation import DONE, NEXT, NOW, said, steps
from sota_core.analysis.series import Series, fold
from sota_core.recipes import PRESETS, Recipe
from sota_core.runs.states import State
from sota_core.train import events as make

STARTED = make.started(device="CPU", precision="fp32", versions={}, n_train=30, n_valid=10, total_steps=3, recipe={})
FIRST = make.first_batch(sheet="data:image/webp;base64,", n=8, bs=32, size=56)
BATCH = make.batch(step=1, total_steps=3, phase=0, loss=2.0, smooth_loss=2.0, lr=1e-3, mom=0.9)
DRAWING = make.log("generate", stage="data", done=40, total=2000)
DECODING = make.log("Decoding the pictures once", stage="cache", done=64, total=2000)


@pytest.mark.parametrize(
    ("state", "events", "n_done"),
    [
        (State.STARTING, [], 0),
        (State.RUNNING, [], 1),
        (State.RUNNING, [DRAWING], 1),
        (State.RUNNING, [DRAWING, DECODING], 2),
        (State.RUNNING, [DRAWING, DECODING, STARTED], 3),
        (State.RUNNING, [DRAWING, DECODING, STARTED, FIRST], 4),
        (State.RUNNING, [DRAWING, DECODING, STARTED, FIRST, BATCH], 4),
    ],
)
def test_one_step_is_under_way_and_all_before_it_are_done(state: State, events: list, n_done: int) -> None:
    found = [step.state for step in steps(state, fold(Series(), events), Recipe())]
    assert found == n_done * [DONE] + [NOW] + (4 - n_done) * [NEXT]


def test_a_run_that_waits_has_done_nothing() -> None:
    assert {step.state for step in steps(State.QUEUED, Series(), Recipe())} == {NEXT}


def test_the_step_under_way_says_how_far_it_is() -> None:
    (now,) = [s for s in steps(State.RUNNING, fold(Series(), [DECODING]), Recipe()) if s.state == NOW]
    assert "64" in now.detail and "2,000" in now.detail


def test_who_decodes_every_time_has_no_step_for_decoding_once() -> None:
    recipe = Recipe(loader="files")
    assert not any("Decode" in s.title for s in steps(State.RUNNING, Series(), recipe))
    assert [s.state for s in steps(State.RUNNING, fold(Series(), [STARTED]), recipe)] == [DONE, DONE, NOW, NEXT]


def test_who_had_no_room_for_the_cache_has_no_step_for_decoding_once_either() -> None:
    fell_back = STARTED | {"loader": "files"}
    assert not any("Decode" in s.title for s in steps(State.RUNNING, fold(Series(), [fell_back]), Recipe()))
    assert any("Decode" in s.title for s in steps(State.RUNNING, fold(Series(), [STARTED]), Recipe()))


def test_the_first_batch_is_described_as_it_was_made() -> None:
    series = fold(Series(), [STARTED, FIRST])
    plain, mixed = said(series, PRESETS["baseline"]), said(series, PRESETS["mixup"])
    assert "8 pictures of the first batch of 32" in plain and "56 px" in plain and "Normalization" not in plain
    assert "then mixup" in mixed and "undone" in mixed
    assert said(Series(), Recipe()) == ""


def test_its_pictures_are_kept_until_the_first_epoch_is_over(events: list[dict]) -> None:
    assert fold(Series(), [STARTED, FIRST, BATCH]).first_batch == FIRST
    whole = fold(Series(), [FIRST, *events])
    assert whole.epochs and whole.first_batch is None
