"""What nvidia-smi is asked and how its answer is read: from a command that stands in for it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sota_core.system import nvidia_smi

Answers = Callable[[str], Path]


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answers:
    """answers(script): put a command nvidia-smi on the path that does this; returns the log of its arguments."""

    def put(script: str) -> Path:
        (command := tmp_path / "nvidia-smi").write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n{script}\n')
        command.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        return tmp_path / "asked"

    return put


def test_a_row_of_texts_for_each_card(answers: Answers):
    asked = answers("echo 'NVIDIA L4, 23034'; echo 'NVIDIA T4, [N/A]'")
    assert nvidia_smi.query(("name", "memory.total"), 60) == [["NVIDIA L4", "23034"], ["NVIDIA T4", "[N/A]"]]
    assert asked.read_text().split() == ["--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    assert nvidia_smi.can_be_asked()


@pytest.mark.parametrize(
    "script",
    ["", "echo No devices were found", "echo a, b, c", "echo NVIDIA-SMI has failed, 1; exit 9", "exec sleep 20"],
    ids=["nothing", "no card", "more than was asked for", "a driver that fails", "a driver that is slow"],
)
def test_any_other_answer_is_no_card(answers: Answers, script: str):
    answers(script)
    assert nvidia_smi.query(("name", "memory.total"), 0.2 if "sleep" in script else 60) == []


def test_where_there_is_no_such_command_no_process_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(nvidia_smi.subprocess, "run", lambda *_, **__: pytest.fail("a process was started"))
    assert not nvidia_smi.can_be_asked() and nvidia_smi.query(("name",), 60) == []
