"""Readiness part by part, on the command line and over HTTP; and a dispatcher is started if runs wait for one."""

import dataclasses
import json
import os
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from benchmarks.site import free_port
from sota_core.cli.hosting import readiness
from sota_core.cli.hosting.readiness import FRESH_S, Desk, Part
from sota_core.cli.main import main
from sota_core.recipes import PRESETS
from sota_core.runs.dispatch.starter import Starter
from sota_core.runs.executors import card_readings, gpus
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from tests.runs.conftest import Clock


def parts(settings: Settings) -> list[Part]:
    return readiness.parts(Starter(settings))


def by_name(settings: Settings) -> dict[str, bool]:
    return {part.name: part.is_ready for part in parts(settings)}


def test_a_fresh_home_is_ready(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    assert by_name(settings) == {"store": True, "dispatcher": True, "disk": True, "device": True}
    monkeypatch.setenv("SOTA_HOME", str(settings.home))
    assert main(["ready"]) == 0 and "ready      store: answers" in capsys.readouterr().out


def test_a_store_that_cannot_be_used_is_said_without_its_place(settings: Settings, monkeypatch, capsys):
    settings.home.mkdir()
    (settings.home / "runs.db").write_text("no database at all, but long enough to be taken for one")
    found = parts(settings)
    assert [part.name for part in found if not part.is_ready] == ["store"]
    assert str(settings.home) not in str(found)
    monkeypatch.setenv("SOTA_HOME", str(settings.home))
    assert main(["ready"]) == 1 and "NOT READY  store" in capsys.readouterr().out


def test_a_full_disk_is_not_ready(settings: Settings):
    found = by_name(dataclasses.replace(settings, min_free_bytes=2**60))
    assert found["disk"] is False and found["store"] is True


def test_where_runs_wait_a_dispatcher_is_started(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    started: list[Settings] = []
    monkeypatch.setattr(Starter, "ensure_running", lambda self: started.append(self.settings))
    monkeypatch.setattr(readiness, "START_S", 0.05)
    with Store(settings) as store:
        store.queue.submit(PRESETS["baseline"].replace(source="sample"), owner="ann")
    assert by_name(settings)["dispatcher"] is False and started == [settings]
    monkeypatch.setattr(readiness.dispatcher, "status", lambda of: {"slots": 1})
    assert by_name(settings)["dispatcher"] is True and len(started) == 1
    monkeypatch.setattr(readiness.dispatcher, "status", lambda of: {"slots": 0})
    assert by_name(settings)["dispatcher"] is False


def test_where_another_machine_s_dispatcher_is_at_work_none_is_started(settings: Settings, monkeypatch):
    monkeypatch.setattr(Starter, "ensure_running", lambda _: pytest.fail("a dispatcher was started"))
    monkeypatch.setattr(readiness, "is_taken_on_the_server", lambda connection: True)
    with Store(settings) as store:
        store.queue.submit(PRESETS["baseline"].replace(source="sample"), owner="ann")
    assert Part("dispatcher", True, "at work on another machine") in parts(settings)


def test_a_part_of_a_card_is_no_cpu(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (program := tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho GPU-1f, NVIDIA A100, 512, 40960, 97, 40\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-0f1e")
    assert parts(settings)[-1] == Part("device", True, "part of a GPU (MIG)")


def test_a_slow_nvidia_smi_is_not_waited_for(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (program := tmp_path / "nvidia-smi").write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(card_readings, "_PATIENCE_S", 0.05)
    monkeypatch.setattr(gpus, "_PATIENCE_S", 300.0)  # the one that assigns cards can wait
    began = time.monotonic()
    assert parts(settings)[-1] == Part("device", True, "CPU: nvidia-smi names no GPU to use")
    assert time.monotonic() - began < 200
    program.write_text("#!/bin/sh\necho GPU-1f, NVIDIA L4, 512, 23034, 97, 40\n")
    monkeypatch.setattr(card_readings, "_PATIENCE_S", 120.0)
    assert parts(settings)[-1] == Part("device", True, "1 GPU")


def test_who_asks_while_a_look_takes_long_is_told_what_it_finds():
    """Otherwise each would look again, as slowly, one after the other; and a load balancer asks every few seconds."""
    clock, looks, is_asked, may_end = Clock(), [], threading.Event(), threading.Event()

    def look() -> list[Part]:
        looks.append(1)
        is_asked.set()
        assert may_end.wait(120)
        clock.pass_(FRESH_S + 5)
        return [Part("store", True, "answers")]

    desk, found = Desk(free_port(), look, clock), []
    first, second = (threading.Thread(target=lambda: found.append(desk.latest())) for _ in range(2))
    first.start()
    assert is_asked.wait(120)
    second.start()
    may_end.set()
    for one in (first, second):
        one.join(120)
    assert len(found) == 2 and len(looks) == 1
    desk.close()


def test_a_balancer_is_told_by_the_status_and_the_reason_stands_beside_it():
    clock, now = Clock(), [Part("store", True, "answers")]
    looks: list[int] = []
    desk = Desk(port := free_port(), lambda: looks.append(1) or list(now), clock)

    def ask(method: str = "GET") -> tuple[int, dict]:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/", method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or "{}")
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read() or "{}")

    assert ask() == (200, {"store": {"ready": True, "said": "answers"}})
    now[0] = Part("store", False, "The run store cannot be reached.")
    assert ask()[0] == 200 and len(looks) == 1  # the first answer is still fresh
    clock.pass_(FRESH_S + 1)
    assert ask() == (503, {"store": {"ready": False, "said": "The run store cannot be reached."}})
    assert ask("HEAD") == (503, {})  # the method of many load balancers
    desk.close()
