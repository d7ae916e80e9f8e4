"""Which number of threads is chosen, with made-up step times; and that the callback sets it."""

import json
from pathlib import Path

import pytest
import torch

from sota_core.inference.model import CARD
from sota_core.recipes import Recipe
from sota_core.settings import Settings
from sota_core.train import threads
from sota_core.train.fit import run_recipe
from sota_core.train.threads import AT_MOST, EVERY, FIRST, ThreadMeter, thread_callbacks

pytestmark = pytest.mark.long  # a Learner, so fastai


def drive(meter: ThreadMeter, seconds: dict[int, float], n: int) -> list[int]:
    """Run n steps on a machine where a step with k threads takes seconds[k]; returns the number of threads of
    each step.
    """
    used, now = [], meter.threads
    for _ in range(n):
        used.append(now)
        now = meter.took(seconds[now])
    return used


def test_all_cores_stay_where_they_are_faster():
    meter = ThreadMeter((2, 1))
    used = drive(meter, {2: 1.0, 1: 1.3}, 400)
    assert meter.threads == 2
    assert used.count(1) <= 3 * 5  # a few tries, less and less often


def test_one_thread_less_wins_on_a_busy_machine_soon():
    meter = ThreadMeter((2, 1))
    used = drive(meter, {2: 5.0, 1: 1.0}, 100)
    assert meter.threads == 1
    assert used.count(2) <= FIRST + 2  # then at most one step for each try


def test_a_machine_that_becomes_busy_is_noticed_within_a_few_steps():
    meter = ThreadMeter((2, 1))
    drive(meter, {2: 1.0, 1: 1.3}, 300)
    used = drive(meter, {2: 6.0, 1: 1.3}, 12)
    assert meter.threads == 1
    assert used.count(2) <= 4


def test_and_one_that_becomes_free_is_used_again():
    meter = ThreadMeter((2, 1))
    drive(meter, {2: 6.0, 1: 1.3}, 300)
    drive(meter, {2: 1.0, 1: 1.3}, AT_MOST + 4)
    assert meter.threads == 2


def test_a_gain_inside_the_noise_changes_nothing():
    meter = ThreadMeter((2, 1))
    drive(meter, {2: 1.0, 1: 0.95}, 4 * EVERY)
    assert meter.threads == 2


@pytest.mark.parametrize(
    ("device", "cores", "set_to", "picks"),
    [("cpu", 2, 2, True), ("cpu", 2, 1, False), ("cpu", 8, 4, False), ("cpu", 1, 1, False), ("cuda", 2, 2, False)],
)
def test_nothing_is_picked_where_there_is_no_choice_or_somebody_chose(monkeypatch, device, cores, set_to, picks):
    monkeypatch.setattr(threads, "usable_cores", lambda: cores)
    monkeypatch.setattr(torch, "get_num_threads", lambda: set_to)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert bool(thread_callbacks(torch.device(device))) is picks


def test_nothing_is_picked_where_the_number_is_fixed_at_that_of_the_cores(monkeypatch):
    """The page *Train* says that a run repeats itself exactly with OMP_NUM_THREADS fixed, whatever the number."""
    monkeypatch.setattr(threads, "usable_cores", lambda: 2)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert thread_callbacks(torch.device("cpu")) == []


@pytest.mark.slow
def test_the_card_names_the_device_as_the_run_s_page_does_whatever_threads_are_left(
    tiny_recipe: Recipe, settings: Settings, tmp_path: Path
):
    before, said = torch.get_num_threads(), []
    torch.set_num_threads(2)

    def with_one_thread_less() -> bool:  # as train/threads.py does when a core is busy
        torch.set_num_threads(1 if any(event["kind"] == "tta_pass" for event in said) else 2)
        return False

    try:
        run_recipe(tiny_recipe, settings, emit=said.append, should_stop=with_one_thread_less, out_dir=tmp_path)
    finally:
        torch.set_num_threads(before)
    card = json.loads((tmp_path / CARD).read_text(encoding="utf-8"))
    (started,) = (event for event in said if event["kind"] == "started")
    assert card["device"] == started["device"] and "2 threads" in card["device"]
