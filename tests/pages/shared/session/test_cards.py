"""What a page says about graphics cards: from nvidia-smi's output, without a card."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.train import live_panel
from pages.shared.session import cards
from sota_core.recipes import DEFAULT_THROUGHPUT, Throughput
from sota_core.runs.executors import card_readings
from sota_core.runs.executors.card_readings import Reading
from sota_core.train.throughput import assume

TWO = "GPU-aa, NVIDIA H200, 5324, 143771, 93, 61\nGPU-bb, NVIDIA H200, 4, 143771, 0, [N/A]\n"
H200 = Reading("GPU-aa", "NVIDIA H200", 5324, 143771, 93, 61)


@pytest.fixture
def nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """answers(text, code, sleeps): put a command nvidia-smi on the path that prints this; returns the file that logs
    its calls.
    """

    def answers(text: str, code: int = 0, sleeps: int = 0) -> Path:
        folder = tmp_path / "smi"
        folder.mkdir(exist_ok=True)
        (folder / "answer").write_text(text)
        command = folder / "nvidia-smi"
        asked = folder / "asked"
        command.write_text(f'#!/bin/sh\necho "$@" >> {asked}\nexec 2>&-\n[ {sleeps} = 0 ] || exec sleep {sleeps}\n')
        with command.open("a") as more:
            more.write(f"cat {folder}/answer\nexit {code}\n")
        command.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return asked

    cards._read.clear()
    monkeypatch.setattr(card_readings, "_PATIENCE_S", 60.0)  # this machine may be busy
    return answers


def test_a_card_says_memory_work_and_warmth_and_leaves_out_what_it_does_not_know(nvidia_smi):
    asked = nvidia_smi(TWO)
    assert [card_readings.in_words(card) for card in card_readings.read({})] == [
        "NVIDIA H200: 5.2 of 140.4 GiB in use, 93\u00a0% busy, 61 °C",
        "NVIDIA H200: 0.0 of 140.4 GiB in use, 0\u00a0% busy",
    ]
    assert "memory.used,memory.total,utilization.gpu,temperature.gpu" in asked.read_text()
    assert [card.uuid for card in card_readings.read({"CUDA_VISIBLE_DEVICES": "1"})] == ["GPU-bb"]


def test_a_driver_that_fails_or_is_slow_and_no_driver_are_no_cards(nvidia_smi, monkeypatch, tmp_path):
    nvidia_smi("NVIDIA-SMI has failed\n", code=9)
    assert card_readings.read({}) == []
    monkeypatch.setattr(card_readings, "_PATIENCE_S", 0.1)
    nvidia_smi(TWO, sleeps=20)
    assert card_readings.read({}) == []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert card_readings.read({}) == []


@pytest.mark.parametrize(
    ("throughput", "said"),
    [
        (Throughput(1e12, 1e-4, "NVIDIA H200"), "The time is measured on NVIDIA H200."),
        (DEFAULT_THROUGHPUT, "NVIDIA H200 has not been measured yet"),
        (assume(20e9), "NVIDIA H200 has not been measured yet"),
        (Throughput(1e12, 1e-4, "CPU, 2 threads (x86_64)"), "driver may be too old"),
        (Throughput(1e12, 1e-4, "NVIDIA L4"), "Measured on NVIDIA L4, not yet on NVIDIA H200."),
    ],
)
def test_what_the_estimate_stands_on_is_said(throughput, said):
    (sentence,) = cards.notes([H200], throughput, None)
    assert said in sentence


@pytest.mark.parametrize(
    ("slots", "n_cards", "said"), [(3, 1, "Up to 3 runs share a card"), (3, 2, "Up to 2 runs"), (2, 2, None)]
)
def test_runs_that_share_a_card_are_told_of(slots, n_cards, said):
    found = cards.notes([H200] * n_cards, Throughput(1e12, 1e-4, "NVIDIA H200"), slots)
    assert len(found) == 1 if said is None else found[1].startswith(said)


def test_the_lab_shows_the_cards_and_asks_once_for_many_looks(nvidia_smi, visit: Callable[..., AppTest]):
    asked, began = nvidia_smi(TWO), time.monotonic()
    app = visit("train")
    shown = [m.value for m in app.markdown if "GiB in use" in m.value]
    assert len(shown) == 1 and "93\u00a0% busy, 61 °C" in shown[0] and "not been measured yet" in shown[0]
    app.run()
    n_asked = asked.read_text().count("--query-gpu=uuid,name,memory.used")
    assert 1 <= n_asked <= 1 + (time.monotonic() - began) // cards.FRESH_S


def test_a_runs_machine_names_the_memory_it_held_at_most(series):
    assert dict(live_panel.machine_lines({"peak_gpu_bytes": 6.6 * 2**30}, series))["GPU memory"] == "6.6 GiB at most"
    told = {"peak_gpu_bytes": 6.6 * 2**30, "prepare_s": 4.2, "seconds": 1080.0, "answers_s": 6.0}
    assert (
        dict(live_panel.machine_lines(told, series))["GPU time"]
        == "1,090 s, reading the pictures, the last validation and TTA included"
    )
    assert "GPU time" not in dict(live_panel.machine_lines({"seconds": 90.0}, series))
    assert "GPU memory" not in dict(live_panel.machine_lines({}, series))


def test_without_a_card_nothing_is_shown(visit: Callable[..., AppTest], monkeypatch, tmp_path):
    cards._read.clear()
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert not [m for m in visit("train").markdown if "GiB" in m.value]
