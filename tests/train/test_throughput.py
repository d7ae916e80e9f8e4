"""The speed that is gone by where no training was measured: given, or expected once from a product of two matrices."""

from dataclasses import replace

import pytest

from sota_core.recipes import DEFAULT_THROUGHPUT, Throughput
from sota_core.settings import Settings
from sota_core.train import throughput
from sota_core.train.throughput import load_throughput, save_throughput


@pytest.fixture
def unmeasured(settings: Settings) -> Settings:
    return replace(settings, assumed_speed=None)


def test_a_slow_machine_is_expected_to_train_slowly_and_asked_once(
    unmeasured: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throughput, "_macs_per_s_of_a_product", lambda: 40e9)
    assumed = load_throughput(unmeasured)
    assert assumed == replace(DEFAULT_THROUGHPUT, macs_per_s=20e9)
    monkeypatch.setattr(throughput, "_macs_per_s_of_a_product", lambda: 90e9)
    assert load_throughput(unmeasured) == assumed, "a minute's recipe must not change from one look to the next"


def test_what_is_given_goes_before_what_is_expected_and_what_was_measured_before_both(unmeasured: Settings) -> None:
    given = replace(unmeasured, assumed_speed=33e9)
    assert load_throughput(given).macs_per_s == 33e9
    assert not throughput.throughput_file(given).exists()
    measured = Throughput(macs_per_s=1e12, image_s=1e-4, device="NVIDIA L4")
    save_throughput(measured, given)
    assert load_throughput(given) == load_throughput(unmeasured) == measured


def test_a_home_that_cannot_be_written_to_has_an_expected_speed_all_the_same(unmeasured: Settings) -> None:
    unmeasured.home.parent.mkdir(parents=True, exist_ok=True)
    unmeasured.home.write_text("a file where a folder must be")
    assert 0 < load_throughput(unmeasured).macs_per_s <= DEFAULT_THROUGHPUT.macs_per_s
