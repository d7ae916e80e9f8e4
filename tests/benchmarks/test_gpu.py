"""`make gpu`: every part of it runs without a card in --smoke, and its messages where there is no card."""

import json
import os
import subprocess
import sys
import time
import warnings
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from fastai.callback.core import CancelTrainException  # pyright: ignore[reportAttributeAccessIssue]
from PIL import Image

from benchmarks.gpu import check
from benchmarks.gpu import lab as lab_module
from benchmarks.gpu.check import PARTS, in_words, main, measured, run_tests
from benchmarks.gpu.lab import Lab, StepClock
from benchmarks.gpu.seven import NAMES
from benchmarks.gpu.waits import N_FIRST, Window, waited_at
from benchmarks.rows import is_met, row, table
from sota_core import paths
from sota_core.data.pictures.listing import list_pictures
from sota_core.runs.recordings.recording import shipped
from sota_core.settings import load
from tests.runs.conftest import Clock

pytestmark = pytest.mark.long  # has a Learner, which needs fastai

CPU = torch.device("cpu")
NO_BAR: dict[str, Any] = {"budget": None, "device": "a card"}
WAYS = [f"{size}_{precision}" for size in (32, 24) for precision in ("bf16", "fp16")]
EXPECTED = [
    *(f"gpu_step_{size}_{precision}" for size in (32, 24) for precision in ("bf16", "fp16", "fp32")),
    *(f"gpu_graph_{way}" for way in WAYS),
    *(f"gpu_graph_losses_{what}" for what in ("mixup", "cutmix")),
    *(f"gpu_epoch_vs_{what}_{way}" for way in WAYS for what in ("bare", "learner")),
    *(f"gpu_stock_{size}" for size in (32, 24)),
    *(f"gpu_waits_{what}" for what in ("bf16", "bf16_mixup", "bf16_cutmix", "fp16")),
    *(f"gpu_kernels_{precision}" for precision in ("bf16", "fp16")),
    *(f"gpu_seven_{name}" for name in (*NAMES, "seconds")),
    "gpu_onnx_vs_stored",
    "gpu_calibrate",
    "gpu_forecast",
]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """440 small pictures of two classes, so smooth that the kind of reduction filter does not matter."""
    rng = np.random.default_rng(0)
    for part, n in (("train", 200), ("val", 20)):
        for name in "ab":
            (tmp_path / "pictures" / part / name).mkdir(parents=True)
            for i in range(n):
                coarse = Image.fromarray(rng.integers(0, 255, (3, 4, 3), np.uint8))
                smooth = coarse.resize((96, 72), Image.Resampling.BICUBIC)
                smooth.save(tmp_path / "pictures" / part / name / f"{i}.jpg", quality=92)
    return tmp_path / "pictures"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_part_gives_its_figures_without_a_card(tmp_path: Path, pictures: Path):
    """Includes the tests marked `gpu`: the command would exit with 1 if one failed, but without a card they are
    skipped.
    """
    to = tmp_path / "gpu.json"
    command = [sys.executable, "-m", "benchmarks", "gpu", "--smoke", "--to", str(to), "--data", str(pictures)]
    command += ["--recordings", str(tmp_path / "recordings")]
    command += ["--limit", "1700"]  # enough for a busy machine; parts without time left give no figure
    env = os.environ | {"OMP_NUM_THREADS": "1"}  # these nets are too small to gain from a second thread
    ended = subprocess.run(command, cwd=paths.ROOT, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    rows = {found["name"]: found for found in json.loads(to.read_text(encoding="utf-8"))["rows"]}
    assert sorted(rows) == sorted(EXPECTED)
    assert all(
        rows[name]["value"] > 0 for name in EXPECTED if all(w not in name for w in ("waits", "kernels", "losses"))
    )
    assert rows["gpu_onnx_vs_stored"]["value"] <= 1e-3
    assert all(f"| {name} |" in ended.stdout for name in EXPECTED)
    recorded = {made.recipe.preset: made for made in shipped(tmp_path / "recordings").values()}
    assert sorted(recorded) == sorted(NAMES)
    for name, made in recorded.items():
        assert made.id == f"{name.replace('_', '-')}-cpu" and made.duration_s > 0
        assert made.summary["accuracy"] == pytest.approx(rows[f"gpu_seven_{name}"]["value"], abs=1e-5)


def test_of_two_unlike_cards_the_one_that_was_measured_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """nvidia-smi names all cards, whatever CUDA_VISIBLE_DEVICES says."""
    command = tmp_path / "nvidia-smi"
    command.write_text("#!/bin/sh\necho 'GPU-aa, NVIDIA T400, 580.65.06'\necho 'GPU-bb, NVIDIA L4, 580.65.06'\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA L4")
    lab = _lab(tmp_path, ends=0.0)
    lab.device = torch.device("cuda")
    assert in_words(lab).startswith("NVIDIA L4 (driver 580.65.06), ")
    command.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert in_words(lab).startswith("NVIDIA L4, ")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_without_a_card_it_says_so_in_one_line(capsys):
    assert main([]) == 2
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and "NVIDIA GPU" in said and "--smoke" in said


def test_a_part_that_does_not_exist_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--smoke", "stepps"])
    said = capsys.readouterr().err
    assert all(part in said for part in PARTS)


def test_what_has_no_time_left_is_named(tmp_path: Path):
    lab = _lab(tmp_path, ends=time.monotonic() + 2000)
    assert lab.has_time("short", 1000) and not lab.has_time("long", 3000)
    assert lab.missed == ["long"]


def test_tests_that_do_not_end_leave_time_for_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (hangs := tmp_path / "python").write_text("#!/bin/sh\nexec sleep 600\n")
    hangs.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(hangs))
    began = time.monotonic()
    assert run_tests(0.1) is None
    assert time.monotonic() - began < 100


def test_tests_that_did_not_end_are_named(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    given: list[float] = []
    monkeypatch.setattr(check, "run_tests", given.append)
    monkeypatch.setattr(check, "measured", lambda lab, names: ([], []))
    to = tmp_path / "gpu.json"
    assert main(["--smoke", "--data", str(pictures), "--to", str(to), "--limit", "100"]) == 1
    assert "No time was left for: tests marked gpu" in capsys.readouterr().out
    assert given == [40.0] and to.is_file()


def test_a_part_that_breaks_keeps_its_rows_and_leaves_the_next_one_the_cards_memory(tmp_path: Path, monkeypatch):
    held: list[weakref.ref[torch.Tensor]] = []
    given_back: list[bool] = []

    def breaks(lab: Lab) -> Iterator[Any]:
        yield row("before", [1.0], unit="s", **NO_BAR)
        net = torch.zeros(1)
        net.itself = net  # pyright: ignore[reportAttributeAccessIssue]  as a Learner and its callbacks hold one another
        held.append(weakref.ref(net))
        raise torch.OutOfMemoryError("CUDA out of memory")

    def goes_on(lab: Lab) -> Iterator[Any]:
        yield row("after", [1.0], unit="s", **NO_BAR)

    for name, measure in (("seven", breaks), ("waits", goes_on)):
        monkeypatch.setattr(f"benchmarks.gpu.{name}.measure", measure)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: given_back.append(held[0]() is None))
    lab = _lab(tmp_path, ends=time.monotonic() + 60)
    lab.device = torch.device("cuda")
    rows, broken = measured(lab, ("seven", "waits"))
    assert [found["name"] for found in rows] == ["before", "after"] and broken == ["seven"]
    assert given_back == [True, True]


def test_a_card_that_answers_nothing_any_more_takes_no_rows_with_it(tmp_path: Path, monkeypatch):
    def dead() -> None:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr("benchmarks.gpu.seven.measure", lambda lab: iter([row("a", [1.0], unit="s", **NO_BAR)]))
    monkeypatch.setattr(torch.cuda, "empty_cache", dead)
    lab = _lab(tmp_path, ends=time.monotonic() + 60)
    lab.device = torch.device("cuda")
    rows, _ = measured(lab, ("seven",))
    assert len(rows) == 1


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(lab_module, "time", SimpleNamespace(perf_counter=clock))
    return clock


def test_the_clock_times_the_steps_after_the_first_ones(now: Clock):
    clock = StepClock(CPU, n_warm=1, n_timed=2, cap_s=60)
    clock.learn = type("Learn", (), {"training": True})()
    for step_s in (9.0, 0.25):
        now.pass_(step_s)
        clock.after_batch()
    now.pass_(0.75)
    with pytest.raises(CancelTrainException):
        clock.after_batch()
    assert clock.step_s == 0.5


def test_the_clock_times_what_there_is_of_a_short_epoch(now: Clock):
    clock = StepClock(CPU, n_warm=1, n_timed=100, cap_s=60)
    clock.learn = type("Learn", (), {"training": True})()
    for step_s in (9.0, 0.25, 0.75):
        now.pass_(step_s)
        clock.after_batch()
    clock.after_train()
    assert clock.step_s == 0.5


def test_only_torchs_warnings_of_waits_are_counted():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for _ in range(2):
            warnings.warn("called a synchronizing CUDA operation", stacklevel=1)
        warnings.warn("something else", stacklevel=1)
        # torch says this once a process, when it begins to watch
        said = "Synchronization debug mode is a prototype feature and does not yet detect all synchronizing operations"
        warnings.warn(said, stacklevel=1)
    ((line, n),) = waited_at(seen).items()
    assert line.startswith("tests/benchmarks/test_gpu.py:") and n == 2


@pytest.mark.parametrize("event", ["after_fit", "after_cancel_fit"])
def test_a_watch_ends_with_its_fit_however_that_ends(event: str):
    """Else the parts that follow would be measured under it."""
    done: list[str] = []
    watch = SimpleNamespace(__enter__=lambda: done.append("on"), __exit__=lambda *_: done.append("off"))
    window = Window(10, watch)
    window.learn = SimpleNamespace(iter=N_FIRST)
    window.before_batch()
    for _ in range(2):
        getattr(window, event)()
    assert done == ["on", "off"]


def test_a_figure_without_a_bar_is_always_met_and_shown_without_one():
    free = row("free", [2.0], unit="ms", budget=None, device="cpu")
    assert is_met(free) and "| – | – | cpu |" in table([free])
    assert not is_met(row("held", [2.0], unit="ms", budget=1.0, device="cpu"))


def _lab(folder: Path, ends: float) -> Lab:
    for kind in "ab":
        (folder / "data" / kind).mkdir(parents=True)
        (folder / "data" / kind / "one.jpg").write_bytes(b"")
    settings = load({"SOTA_HOME": str(folder)})
    return Lab(CPU, settings, list_pictures(folder / "data"), smoke=True, ends=ends)
