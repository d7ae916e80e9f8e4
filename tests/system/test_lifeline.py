"""Processes end with the one that started them, even if that one is killed, and never before."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from sota_core import paths
from sota_core.system import lifeline
from sota_core.system.lifeline import VARIABLE, Lifeline, end_with_it, passed_on
from sota_core.system.processes import birth_of, is_alive

PATIENCE_S = 120.0
CHILD = """
import signal, sys, time
from sota_core.system import lifeline
lifeline.END_S = 0.1
if sys.argv[1] == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
lifeline.end_with_it()
print("here", flush=True)
time.sleep(600)
"""
STARTS = f"""
import json, os, subprocess, sys, time
from sota_core.system.lifeline import Lifeline, passed_on
line = Lifeline()
env = dict(os.environ) | line.environment
told = [
    subprocess.Popen([sys.executable, "-c", {CHILD!r}, kind], env=env, pass_fds=passed_on(env), stdout=subprocess.PIPE)
    for kind in ("heeds", "deaf")
]
for one in told:
    one.stdout.readline()
stranger = subprocess.Popen(["sleep", "600"])
other = subprocess.Popen(["sleep", "600"])
print(json.dumps([*(one.pid for one in told), stranger.pid, line.tie(stranger).pid, other.pid]), flush=True)
time.sleep(600)
"""


def test_a_killed_one_takes_along_what_hangs_on_its_line_and_nothing_else():
    with subprocess.Popen([sys.executable, "-c", STARTS], cwd=paths.ROOT, stdout=subprocess.PIPE) as starts:
        assert starts.stdout is not None
        *tied, other = json.loads(starts.stdout.readline())
        births = {pid: birth_of(pid) for pid in (*tied, other)}
        assert None not in births.values()
        starts.kill()
    try:
        deadline = time.monotonic() + PATIENCE_S
        while any(is_alive(pid, births[pid]) for pid in tied):
            assert time.monotonic() < deadline, [pid for pid in tied if is_alive(pid, births[pid])]
            time.sleep(0.02)
        assert is_alive(other, births[other])
    finally:
        for pid in births:
            if is_alive(pid, births[pid]):
                os.kill(pid, signal.SIGKILL)


def test_an_orderly_end_ends_nobody_else():
    line = Lifeline()
    with subprocess.Popen(["sleep", "600"]) as child:
        waits = line.tie(child)
        assert waits.poll() is None
        waits.kill()
        waits.wait()
        line.close()
        assert child.poll() is None
        child.kill()


def test_without_a_line_nothing_waits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    end_with_it()
    assert "lifeline" not in [one.name for one in threading.enumerate()] and passed_on({}) == ()


def test_a_variable_without_its_descriptor_ends_nobody(monkeypatch: pytest.MonkeyPatch):
    reading, writing = os.pipe()
    for end in (reading, writing):
        os.close(end)
    monkeypatch.setattr(os, "kill", lambda pid, number: pytest.fail(f"signal {number}"))
    lifeline._end_after(reading)
