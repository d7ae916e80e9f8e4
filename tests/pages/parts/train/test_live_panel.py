"""The line above a run's curves names the step that the list in their place marks as under way."""

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.parts.train import live_panel
from pages.parts.train.live_panel import FAR_TICK_S, TICK_S, doing
from pages.shared.runs import queue
from pages.shared.runs.queue import FAR
from sota_core import words
from sota_core.analysis.preparation import NOW, steps
from sota_core.analysis.series import Series, fold
from sota_core.recipes import Recipe
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.train import events as make

Visit = Callable[..., AppTest]
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


@pytest.mark.parametrize(
    ("trained_s", "left_s", "n"), [(60.0, 300.0, "12"), (60.0, 0.0, "2"), (30.0, 20.0, None), (600.0, None, None)]
)
def test_a_run_far_slower_than_expected_says_so(
    store, tiny, trained_s: float, left_s: float | None, n: str | None
) -> None:
    """It was expected to take 30 s."""
    run = store.queue.submit(tiny, owner="me", estimate_s=30.0)
    run = replace(run, state=State.RUNNING, started_at=time.time() - trained_s, eta_s=left_s, step=3, total=9)
    said, _ = doing(run, fold(Series(), [STARTED, FIRST]))
    found = re.search(r"about (\d+) times as long as expected", said)
    assert (found and found[1]) == n


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


@pytest.fixture
def paces(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The interval in seconds at which each panel drawn refreshes itself."""
    found = []
    whole = st.fragment

    def fragment(f, *, run_every=None):
        if getattr(f, "__wrapped__", f) is live_panel._body:  # trouble.fragment surrounds it
            found.append(run_every)
        return whole(f)

    monkeypatch.setattr(st, "fragment", fragment)
    return found


def test_who_stands_far_back_in_the_queue_looks_less_often(
    visit: Visit, store: Store, tiny: Recipe, paces: list[float]
) -> None:
    runs = [store.queue.submit(tiny, owner=f"pupil{i}") for i in range(FAR + 1)]
    last = [visit("train", run=runs[place].id) for place in (FAR - 1, FAR)][-1]
    assert paces == [TICK_S, FAR_TICK_S]
    assert f"number {FAR + 1} of {FAR + 1}" in last.get("progress")[0].proto.text


def test_a_turn_that_has_come_near_is_looked_at_every_second_again(
    visit: Visit, store: Store, tiny: Recipe, paces: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    is_far = iter((True, False, False, False))  # for the panel and its refresh, then for both again
    monkeypatch.setattr(queue, "is_far", lambda run: next(is_far))
    visit("train", run=store.queue.submit(tiny, owner="pupil").id)
    assert paces == [FAR_TICK_S, TICK_S]
