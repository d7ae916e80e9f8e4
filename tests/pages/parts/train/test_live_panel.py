"""The line above a run's curves: it names the step that the list in the curve's place marks as under way."""

from dataclasses import replace

import pytest

from pages.parts.train.live_panel import doing
from sota_core import words
from sota_core.analysis.preparation import NOW, steps
from sota_core.analysis.series import Series, fold
from sota_core.runs.states import State
from sota_core.train import events as make

STARTED = make.started(device="CPU", precision="fp32", versions={}, n_train=30, n_valid=10, total_steps=3, recipe={})
FIRST = make.first_batch(sheet="data:image/webp;base64,", n=8, bs=32, size=56)
DECODING = make.log("Decoding the pictures once", stage="cache", done=64, total=2000)


@pytest.mark.parametrize("total", [None, 3])
@pytest.mark.parametrize("events", [[], [DECODING], [DECODING, STARTED]])
def test_line_and_list_name_the_same_step_until_the_first_batch(store, tiny, events: list, total: int | None) -> None:
    run = replace(store.queue.submit(tiny, owner="me"), state=State.RUNNING, total=total, step=0)
    series = fold(Series(), events)
    (now,) = [step for step in steps(run.state, series, tiny) if step.state == NOW]
    said, share = doing(run, series)
    assert said == f"**Preparing.** {words.markdown_safe(now.detail or now.title)}" and share == 0.0


def test_with_the_first_batch_it_trains(store, tiny) -> None:
    run = replace(store.queue.submit(tiny, owner="me"), state=State.RUNNING)
    series = fold(Series(), [STARTED, FIRST])
    assert doing(run, series)[0] == "**Training**, epoch 1 of 3"
    assert doing(replace(run, step=2, total=8), series)[0] == "**Training**, epoch 1 of 3, batch 2 of 8"


def test_the_view_without_augmentation_is_called_plain(store, tiny) -> None:
    run = replace(store.queue.submit(tiny.replace(tta_n=4), owner="me"), state=State.RUNNING, step=8, total=8)
    for k, said in ((0, "plain view"), (3, "view 3 of 4")):
        series = fold(Series(), [STARTED, FIRST, make.tta_pass(k=k, n=10, accuracy=0.5, view_accuracy=0.5)])
        assert doing(run, replace(series, stage=None))[0] == f"**Test-time augmentation**, {said}."
