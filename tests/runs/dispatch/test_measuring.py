"""When the dispatcher measures a card: once, while no run is under way; and no run starts meanwhile."""

import dataclasses
import sys

import pytest

from sota_core.recipes import DEFAULT_THROUGHPUT
from sota_core.runs.dispatch.measuring import MOST_S, Measuring
from sota_core.runs.dispatch.supervision import Supervisor
from sota_core.runs.executors.gpus import Gpu
from sota_core.runs.states import State
from sota_core.train.throughput import load_throughput, save_throughput
from tests.runs.executors.test_executor import wait_until
from tests.runs.fakes import FakeExecutor

CARD = Gpu("GPU-1f", "NVIDIA L4", 23034, 22000)
# Does without a card what `calibrate` does: stores a throughput under the name of the card it was given.
WRITES = """
import dataclasses, os
from sota_core import settings
from sota_core.recipes import DEFAULT_THROUGHPUT
from sota_core.train.throughput import save_throughput
name = {"GPU-1f": "NVIDIA L4", "MIG-0f1e": "NVIDIA A100 MIG 1g.5gb"}[os.environ["CUDA_VISIBLE_DEVICES"]]
save_throughput(dataclasses.replace(DEFAULT_THROUGHPUT, device=name), settings.load())
"""


@pytest.fixture
def measuring(settings, uptime):
    made = []

    def make(cards=(CARD,), code=WRITES):
        made.append(Measuring(settings, lambda: cards, (sys.executable, "-c", code), uptime))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def test_a_card_that_was_never_measured_is_measured_once(measuring, settings):
    one = measuring()
    one.start_if_due()
    assert one.is_under_way()
    wait_until(lambda: not one.is_under_way())
    assert load_throughput(settings).device == "NVIDIA L4"
    one.start_if_due()
    assert not one.is_under_way()


@pytest.mark.parametrize(("device", "is_due"), [("NVIDIA L4", False), ("NVIDIA H100", True), ("CPU, 2 threads", True)])
def test_a_measurement_of_this_card_is_kept_and_another_ones_is_not(measuring, settings, device, is_due):
    save_throughput(dataclasses.replace(DEFAULT_THROUGHPUT, device=device), settings)
    one = measuring(code="import time; time.sleep(600)")
    one.start_if_due()
    assert one.is_under_way() is is_due


def test_a_part_of_a_card_is_measured_once(settings, uptime, monkeypatch):
    """nvidia-smi's list of cards has no parts."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-0f1e")
    first, second = (Measuring(settings, command=(sys.executable, "-c", WRITES), clock=uptime) for _ in range(2))
    first.start_if_due()
    assert first.is_under_way()
    wait_until(lambda: not first.is_under_way())
    assert load_throughput(settings).device == "NVIDIA A100 MIG 1g.5gb"
    second.start_if_due()
    assert not second.is_under_way()


def test_a_whole_cards_measurement_is_none_of_its_parts(settings, uptime, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-0f1e")
    save_throughput(dataclasses.replace(DEFAULT_THROUGHPUT, device="NVIDIA A100"), settings)
    one = Measuring(settings, command=(sys.executable, "-c", WRITES), clock=uptime)
    one.start_if_due()
    assert one.is_under_way()
    one.stop()


def test_without_a_card_nothing_is_measured(measuring):
    one = measuring(cards=())
    one.start_if_due()
    assert not one.is_under_way()


def test_a_measurement_that_hangs_is_ended_and_holds_up_no_run(measuring, uptime):
    one = measuring(code="import time; time.sleep(600)")
    one.start_if_due()
    process = one.process
    uptime.now += MOST_S + 1
    assert not one.is_under_way() and process.returncode is not None


def test_no_run_starts_while_a_card_is_measured(store, settings, recipe):
    run, held = store.queue.submit(recipe, owner="ann"), [True]
    few = dataclasses.replace(settings, min_free_bytes=1)
    supervisor = Supervisor(store, FakeExecutor(), few, is_held=lambda: bool(held))
    assert supervisor.tick()
    assert store.history.get(run.id).state is State.QUEUED
    held.clear()
    supervisor.tick()
    assert store.history.get(run.id).state is State.STARTING
