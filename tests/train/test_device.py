import pytest
import torch

from sota_core.errors import DeviceError
from sota_core.train import device as devices

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("wanted", "has_units", "used", "said"),
    [
        ("auto", True, "bf16", None),
        ("auto", False, "fp32", None),
        ("fp32", True, "fp32", None),
        ("bf16", True, "bf16", None),
        ("bf16", False, "fp32", "the run uses fp32"),
        ("fp16", True, "bf16", "computes in bf16 instead"),
        ("fp16", False, "fp32", "the run uses fp32"),
    ],
)
def test_a_cpu_computes_in_bf16_where_it_has_units_for_it(monkeypatch, wanted, has_units, used, said):
    monkeypatch.setattr(devices, "cpu_has_bf16", lambda: has_units)
    precision, note = devices.choose_precision(wanted, CPU)
    assert precision == used
    assert note is None if said is None else said in note


def test_apples_gpu_stays_in_fp32():
    assert devices.choose_precision("auto", torch.device("mps")) == ("fp32", None)


def test_the_units_are_those_the_processor_reports(monkeypatch):
    for reported, expected in (({"avx512_bf16": True}, True), ({"amx_bf16": True}, True), ({"avx2": True}, False)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda reported=reported: reported)
        assert devices.cpu_has_bf16() is expected


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_an_absent_gpu_is_named():
    with pytest.raises(DeviceError, match="cuda was asked for, this machine has"):
        devices.choose_device("cuda")


def test_one_thread_is_not_one_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    for n, said in ((1, "CPU, 1 thread ("), (2, "CPU, 2 threads (")):
        monkeypatch.setattr(torch, "get_num_threads", lambda n=n: n)
        assert devices.device_in_words(torch.device("cpu")).startswith(said)
