"""What calibration makes of a machine's timings, and that it can take them; nothing is asserted about this machine's
speed.
"""

import dataclasses
import weakref

import pytest
import torch

from sota_core.recipes import Throughput
from sota_core.settings import Settings
from sota_core.train import calibrate
from sota_core.train.throughput import load_throughput

pytestmark = pytest.mark.long  # a Learner, so fastai

SMALL, LARGE = (Throughput(1e9, 0.1, device=name) for name in ("the small net", "the large net"))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ({1e9: 3.0, 3e9: 7.0}, (2e-9, 1.0)),
        ({1e9: 2.0, 3e9: 6.0}, (2e-9, 0.0)),
        ({1e9: 2.0, 3e9: 8.0}, (8 / 3e9, 0.0)),  # no time left besides: the larger size gives the speed
        ({1e9: 2.0, 3e9: 1.9}, (1.9 / 3e9, 0.0)),  # launching kernels took all the time
    ],
)
def test_two_sizes_tell_what_a_multiply_add_costs_and_what_a_picture_besides(seconds, expected):
    assert calibrate._line(seconds) == pytest.approx(expected)


def test_the_chapters_net_can_be_timed_in_both_precisions(monkeypatch):
    monkeypatch.setattr(calibrate, "_ROUNDS", 1)
    monkeypatch.setattr(calibrate, "_STEPS", 1)
    found = calibrate._of_large_net(torch.device("cpu"), torch.bfloat16, "xresnet18", (32, 48), 4)
    assert found.macs_per_s > 0 and found.image_s > 0 and found.mixed_speedup > 0
    assert calibrate._of_large_net(torch.device("cpu"), None, "xresnet18", (32, 48), 4).mixed_speedup == 1


@pytest.mark.parametrize(
    ("bad", "kept"), [(None, LARGE), (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), SMALL)]
)
def test_a_gpu_is_measured_with_the_chapters_net_where_that_fits(settings: Settings, monkeypatch, bad, kept):
    def large(where, mixed):
        if bad is not None:
            raise bad
        return LARGE

    monkeypatch.setattr(calibrate, "choose_device", lambda wanted: torch.device("cuda"))
    monkeypatch.setattr(calibrate, "choose_precision", lambda wanted, device: ("bf16", None))
    monkeypatch.setattr(calibrate, "_of_small_net", lambda where, mixed: SMALL)
    monkeypatch.setattr(calibrate, "_of_large_net", large)
    assert calibrate.measure_throughput(settings) == kept == load_throughput(settings)


@pytest.mark.parametrize("bad", [None, torch.OutOfMemoryError("CUDA out of memory")])
def test_what_was_measured_with_is_given_back_to_the_card(settings: Settings, monkeypatch, bad):
    """What an error's traceback still holds could not be given back."""
    held: list[weakref.ref[torch.Tensor]] = []
    given_back: list[bool] = []

    def large(where, mixed):
        activations = torch.zeros(1)
        held.append(weakref.ref(activations))
        if bad is not None:
            raise torch.OutOfMemoryError(*bad.args)
        return LARGE

    monkeypatch.setattr(calibrate, "choose_device", lambda wanted: torch.device("cuda"))
    monkeypatch.setattr(calibrate, "choose_precision", lambda wanted, device: ("bf16", None))
    monkeypatch.setattr(calibrate, "_of_small_net", lambda where, mixed: SMALL)
    monkeypatch.setattr(calibrate, "_of_large_net", large)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: given_back.append(held[0]() is None))
    calibrate.measure_throughput(settings)
    assert given_back == [True]


def test_another_error_is_not_hidden(settings: Settings, monkeypatch):
    def large(where, mixed):
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(calibrate, "choose_device", lambda wanted: torch.device("cuda"))
    monkeypatch.setattr(calibrate, "choose_precision", lambda wanted, device: ("bf16", None))
    monkeypatch.setattr(calibrate, "_of_small_net", lambda where, mixed: dataclasses.replace(SMALL))
    monkeypatch.setattr(calibrate, "_of_large_net", large)
    with pytest.raises(RuntimeError, match="illegal"):
        calibrate.measure_throughput(settings)
