"""The speed assumed where no training was measured: a given one, or one estimated once from products of small
matrices.
"""

import statistics
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from sota_core.recipes import DEFAULT_THROUGHPUT, Throughput
from sota_core.settings import Settings
from sota_core.system.processes import usable_cores
from sota_core.train import throughput
from sota_core.train.throughput import load_throughput, save_throughput


@pytest.fixture
def unmeasured(settings: Settings) -> Settings:
    return replace(settings, assumed_speed=None)


def test_a_slow_machine_is_expected_to_train_slowly_and_asked_once(
    unmeasured: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throughput, "_macs_per_s_of_a_core", lambda: 20e9)
    assumed = load_throughput(unmeasured)
    expected = 0.56 * 20e9 * min(2, usable_cores())
    assert assumed == replace(DEFAULT_THROUGHPUT, macs_per_s=expected, cores=usable_cores())
    monkeypatch.setattr(throughput, "_macs_per_s_of_a_core", lambda: 30e9)
    assert load_throughput(unmeasured) == assumed, "a recipe fitted to a minute must not change between two looks"


def test_what_is_given_goes_before_what_is_expected_and_what_was_measured_before_both(unmeasured: Settings) -> None:
    given = replace(unmeasured, assumed_speed=33e9)
    assert load_throughput(given).macs_per_s == 33e9
    assert not throughput.throughput_file(given).exists()
    load_throughput(unmeasured)  # this home has an estimate before a speed is given
    assert throughput.throughput_file(given).exists() and load_throughput(given).macs_per_s == 33e9
    measured = Throughput(macs_per_s=1e12, image_s=1e-4, device="NVIDIA L4")
    save_throughput(measured, given)
    assert load_throughput(given) == load_throughput(unmeasured) == measured


def test_a_home_that_cannot_be_written_to_has_an_expected_speed_all_the_same(unmeasured: Settings) -> None:
    unmeasured.home.parent.mkdir(parents=True, exist_ok=True)
    unmeasured.home.write_text("a file where a folder must be")
    assert 1e9 < load_throughput(unmeasured).macs_per_s <= DEFAULT_THROUGHPUT.macs_per_s


@pytest.mark.slow
def test_what_is_expected_does_not_follow_what_runs_beside_it() -> None:
    """A first page and the browser that draws it keep the machine busy: here four processes on two cores, and a thread
    of this process.
    """
    quiet = _expected()
    done = threading.Event()
    threading.Thread(target=lambda: [None for _ in iter(done.is_set, True)], daemon=True).start()
    beside = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    try:
        busy = _expected()
    finally:
        done.set()
        for process in beside:
            process.kill()
            process.wait()
    assert busy > quiet / 3, "by wall-clock time the estimate fell to a tenth"


def _expected() -> float:
    return statistics.median(throughput._macs_per_s_of_a_core() for _ in range(5))
