from types import SimpleNamespace

import pytest
import torch

from sota_core.errors import DeviceError, GpuMemoryError
from sota_core.recipes import FIELDS, Phase, Recipe
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


@pytest.mark.parametrize(
    ("wanted", "has_units", "used", "said"),
    [
        ("auto", True, "bf16", None),
        ("auto", False, "fp16", None),
        ("bf16", False, "fp16", "no bf16"),
        ("bf16", True, "bf16", None),
        ("fp16", True, "fp16", None),
        ("fp16", False, "fp16", None),
        ("fp32", True, "fp32", None),
    ],
)
def test_a_gpu_that_only_emulates_bf16_computes_in_fp16(monkeypatch, wanted, has_units, used, said):
    def is_supported(including_emulation: bool = True) -> bool:
        return has_units or including_emulation  # torch's answer for a T4

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", is_supported)
    precision, note = devices.choose_precision(wanted, torch.device("cuda"))
    assert precision == used
    assert note is None if said is None else said in note


def test_apples_gpu_stays_in_fp32():
    assert devices.choose_precision("auto", torch.device("mps")) == ("fp32", None)
    assert "bf16 or fp16 on an NVIDIA GPU" in FIELDS["precision"].help


def test_the_units_are_those_the_processor_reports(monkeypatch):
    for reported, expected in (({"avx512_bf16": True}, True), ({"amx_bf16": True}, True), ({"avx2": True}, False)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda reported=reported: reported)
        assert devices.cpu_has_bf16() is expected


class TestADriverTooOld:
    """The driver's library reports a card, but CUDA does not start."""

    @pytest.fixture(autouse=True)
    def no_start(self, monkeypatch):
        def init() -> None:
            raise RuntimeError("The NVIDIA driver on your system is too old (found version 11040).\nPlease update")

        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "init", init)

    def test_auto_trains_on_the_cpu(self):
        assert devices.choose_device("auto").type in ("cpu", "mps")

    def test_cuda_is_refused_with_the_drivers_words(self):
        with pytest.raises(
            DeviceError, match=r"has .*cpu \(The NVIDIA driver .* version 11040\)\.?\); choose device=auto"
        ):
            devices.choose_device("cuda")


class TestACardThatCannotCompute:
    """CUDA starts, but the first kernel fails."""

    @pytest.fixture
    def first_kernel(self, monkeypatch):
        def fails(with_words: str) -> None:
            def zeros(*_: object, **__: object) -> None:
                raise RuntimeError(with_words)

            monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
            monkeypatch.setattr(torch.cuda, "init", lambda: None)
            monkeypatch.setattr(torch, "zeros", zeros)

        return fails

    def test_one_older_than_any_this_torch_has_kernels_for_is_left_alone(self, first_kernel):
        first_kernel("CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors might")
        assert devices.choose_device("auto").type in ("cpu", "mps")
        with pytest.raises(DeviceError, match="no kernel image is available"):
            devices.choose_device("cuda")

    def test_an_error_without_words_is_named_by_its_type(self, first_kernel):
        first_kernel("")
        assert devices.choose_device("auto").type in ("cpu", "mps")
        with pytest.raises(DeviceError, match=r"\(RuntimeError\)"):
            devices.choose_device("cuda")

    def test_one_whose_memory_is_full_is_still_the_choice(self, first_kernel):
        first_kernel("CUDA out of memory. Tried to allocate 2.00 MiB")
        assert devices.choose_device("auto").type == "cuda"


class TestACardThatIsNotUsed:
    @pytest.fixture
    def nvidia_smi(self, tmp_path, monkeypatch):
        def with_driver(version: str) -> None:
            command = tmp_path / "nvidia-smi"
            command.write_text(
                f"#!/bin/sh\necho 'GPU-aa, NVIDIA L4, {version}'\necho 'GPU-bb, NVIDIA T400, {version}'\n"
            )
            command.chmod(0o755)
            monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
            monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

        return with_driver

    @pytest.mark.parametrize(
        ("cuda", "driver", "said"),
        [
            (None, "470.57.02", "without CUDA"),
            ("13.0", "579.99", "built for CUDA 13.0 and could not compute on it. That CUDA needs driver 580 or newer"),
            ("13.0", "550.54.14", "/whl/cu126, for which driver 525 is enough"),
            ("13.0", "580.65.06", "If the card is older than those"),
            ("12.6", "470.57.02", "needs driver 525 or newer: update the driver."),
            ("14.0", "470.57.02", "If the card is older than those"),  # we do not know which driver this CUDA needs
        ],
    )
    def test_it_is_named_with_its_driver_and_what_to_do(self, nvidia_smi, monkeypatch, cuda, driver, said):
        nvidia_smi(driver)
        monkeypatch.setattr(torch.version, "cuda", cuda)
        found = devices.unused_card(CPU)
        assert found and f"NVIDIA L4 (driver {driver}) is not used" in found and said in found

    @pytest.mark.parametrize(
        ("choice", "named"),
        [("", None), ("-1", None), ("1", "NVIDIA T400"), ("GPU-bb,GPU-aa", "NVIDIA T400"), ("MIG-0f1e", "NVIDIA L4")],
    )
    def test_one_that_is_hidden_on_purpose_is_no_trouble(self, nvidia_smi, monkeypatch, choice, named):
        nvidia_smi("580.65.06")
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", choice)
        found = devices.unused_card(CPU)
        assert found is None if named is None else found and found.startswith(f"{named} (driver 580.65.06) is not used")

    def test_on_a_gpu_and_without_a_card_there_is_nothing_to_say(self, monkeypatch, tmp_path):
        assert devices.unused_card(torch.device("cuda")) is None
        monkeypatch.setenv("PATH", str(tmp_path))
        assert devices.unused_card(CPU) is None


def test_memory_that_runs_out_is_told_with_what_was_asked_for():
    recipe = Recipe(phases=(Phase(size=224, bs=64),), arch="xresnet50")
    with (
        pytest.raises(
            GpuMemoryError, match=r"xresnet50, batches of 64 at 224 px in fp32: .*precision=auto.*CUDA out of"
        ),
        devices.memory_in_words(recipe, recipe.phases[0], "fp32", CPU),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB\nmore")


def test_a_cards_peak_is_told(monkeypatch):
    recipe = Recipe(phases=(Phase(size=128, bs=32),))
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: int(7.5 * 2**30))
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: SimpleNamespace(total_memory=8 * 2**30))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA Nothing")
    with (
        pytest.raises(
            GpuMemoryError, match=r"NVIDIA Nothing does not have enough memory \(this run held 7.5 of 8.0 GiB"
        ),
        devices.memory_in_words(recipe, recipe.phases[0], "bf16", torch.device("cuda")),
    ):
        raise RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED")


def test_what_was_held_before_does_not_count_for_what_comes(monkeypatch):
    asked: list[str] = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: asked.append("given back"))
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda device: asked.append(f"peak of {device}"))
    devices.count_memory_anew(CPU)
    assert asked == []
    devices.count_memory_anew(torch.device("cuda"))
    assert asked == ["given back", "peak of cuda"]


def test_other_errors_pass_unchanged():
    recipe = Recipe(phases=(Phase(),))
    with pytest.raises(RuntimeError, match="shapes"), devices.memory_in_words(recipe, recipe.phases[0], "fp32", CPU):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_an_absent_gpu_is_named():
    with pytest.raises(DeviceError, match="cuda was asked for, this machine has"):
        devices.choose_device("cuda")


def test_one_thread_is_not_one_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    for n, said in ((1, "CPU, 1 thread ("), (2, "CPU, 2 threads (")):
        monkeypatch.setattr(torch, "get_num_threads", lambda n=n: n)
        assert devices.device_in_words(torch.device("cpu")).startswith(said)
