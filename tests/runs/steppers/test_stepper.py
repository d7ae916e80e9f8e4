"""A stepper as its server sees it: first a child that only prints, then the real one, whose server is killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import pytest

from sota_core import paths
from sota_core.runs.steppers.stepper import Stepper
from sota_core.runs.steppers.steppers import Steppers
from sota_core.settings import Settings, load
from sota_core.system import locks
from sota_core.system.processes import birth_of

pytestmark = pytest.mark.slow

JOB = {"kind": "steps", "technique": "mixup", "seed": 5}
PATIENCE_S = 120.0
SPEAKS = """
import json, sys
say = lambda **m: print(json.dumps(m), flush=True)
job = json.loads(sys.stdin.readline())
say(kind="log", message="here")
say(kind="ready", classes=[job["technique"]])
for step, line in enumerate(sys.stdin, 1):
    say(kind="step", step=step, pictures="x" * 200_000)
    if step == 3: break
"""


def until(is_true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def speaking(settings: Settings, more: str = "say(kind='over', why='done', error='')") -> Stepper:
    stepper = Stepper(JOB, settings, command=[sys.executable, "-c", SPEAKS + more])
    until(lambda: stepper.look().state != "starting")
    return stepper


def test_steps_are_asked_for_one_by_one_and_the_last_alone_keeps_its_pictures(settings: Settings):
    stepper = speaking(settings)
    assert stepper.look().state == "waiting" and stepper.look().last("ready") == {"kind": "ready", "classes": ["mixup"]}
    for n in (1, 2, 3):
        assert stepper.ask()
        until(lambda n=n: len(stepper.look(wait_s=1.0).all("step")) == n)
    until(lambda: stepper.look().state == "over")
    progress = stepper.look()
    assert progress.ended == "done" and progress.error == "" and not stepper.ask()
    assert ["pictures" in step for step in progress.all("step")] == [False, False, True]
    assert birth_of(stepper.pid) is None


def test_a_second_press_while_a_step_is_under_way_asks_for_nothing(settings: Settings):
    stepper = Stepper(
        JOB,
        settings,
        command=[sys.executable, "-c", 'print(\'{"kind": "ready"}\', flush=True)\ninput()\ninput()\ninput()'],
    )
    assert not stepper.ask()  # still starting
    until(lambda: stepper.look().state == "waiting")
    assert stepper.ask() and not stepper.ask() and stepper.look().state == "working"
    stepper.close("left")
    stepper.close("time")
    assert (stepper.look().state, stepper.look().ended) == ("over", "left") and birth_of(stepper.pid) is None


def test_a_child_that_dies_is_an_error_with_a_word(settings: Settings):
    stepper = speaking(settings, "sys.exit(7)")
    until(lambda: stepper.ask() or stepper.look(0.2).state == "over")
    until(lambda: stepper.ask() or stepper.look(0.2).state == "over")
    until(lambda: stepper.ask() or stepper.look(0.2).state == "over")
    until(lambda: stepper.look().state == "over")
    assert stepper.look().ended == "error" and "ended by itself (exit 7)" in stepper.look().error


def test_a_line_that_is_no_message_is_passed_over(settings: Settings):
    stepper = speaking(settings, "print('Warning: deprecated'); say(kind='over', why='done', error='')")
    until(lambda: stepper.ask() or stepper.look(0.2).state == "over")
    until(lambda: stepper.ask() or stepper.look(0.2).state == "over")
    until(lambda: stepper.ask() or stepper.look(0.2).state == "over")
    until(lambda: stepper.look().state == "over")
    assert stepper.look().ended == "done"


SERVER = """
import json, sys, time
from sota_core.settings import load
from sota_core.runs.steppers.steppers import Steppers
stepper = Steppers(load()).start("ada", json.loads(sys.argv[1]))
while stepper.look().state == "starting":
    time.sleep(0.05)
stepper.ask()
while stepper.look(1.0).state == "working":
    pass
print(json.dumps({"pid": stepper.pid, "step": stepper.look().last("step"), "over": stepper.look().error}), flush=True)
time.sleep(300)
"""


def test_a_real_one_steps_and_is_gone_with_its_server_killed(sampled: Settings):
    env = os.environ | {
        "SOTA_HOME": str(sampled.home),
        "SOTA_DATA_DIR": str(sampled.data_dir),
        "SOTA_MAX_STEPPERS": "1",
        "PYTHONPATH": str(paths.ROOT),
    }
    server = subprocess.Popen([sys.executable, "-c", SERVER, json.dumps(JOB)], stdout=subprocess.PIPE, env=env)
    assert server.stdout is not None
    try:
        told = json.loads(server.stdout.readline())
        slot = sampled.home / "steppers" / "0.lock"
        assert told["over"] == "" and locks.take(slot) is None
        step = told["step"]
        assert (step["step"], step["epoch"], len(step["pictures"])) == (1, 0, 8) and step["grad_norm"] > 0
        assert all(0.5 <= picture["lam"] <= 1 for picture in step["pictures"])
        assert birth_of(told["pid"]) is not None
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
        server.stdout.close()
    until(lambda: birth_of(told["pid"]) is None)
    freed: list[int] = []
    until(lambda: freed or [freed.append(fd) for fd in [locks.take(slot)] if fd is not None])
    os.close(freed[0])


WORKER_LEFT = """
import os, time
from sota_core.runs.steppers import process

def work(job, requests, tell, settings):
    if (worker := os.fork()) == 0:
        time.sleep(600)
        os._exit(0)
    tell({"kind": "ready", "worker": worker})
    requests.next()

process.train = work
process.main()
"""


@pytest.mark.parametrize("how", ["stopped", "replaced", "killed"])
def test_a_place_is_free_at_once_though_its_stepper_has_workers(tmp_path, how: str):
    """A data loader's worker is a fork of the stepper, with its open files, and outlives it by some seconds."""
    settings = load({"SOTA_HOME": str(tmp_path), "SOTA_MAX_STEPPERS": "1"})
    command = [sys.executable, "-c", WORKER_LEFT]
    steppers = Steppers(settings, make=partial(Stepper, command=command), tends_itself=False)
    first = steppers.start("ada", JOB)
    until(lambda: first.look().state != "starting")
    ready = first.look().last("ready")
    assert ready is not None and locks.take(tmp_path / "steppers" / "0.lock") is None
    try:
        if how == "killed":  # by the system, or by its own alarm
            os.kill(first.pid, signal.SIGKILL)
            until(lambda: first.look().state == "over")
            assert first.look().ended == "error"
            steppers.start("bob", JOB)
        else:
            if how == "stopped":
                steppers.forget("ada")
            assert steppers.start("ada", JOB) is not first
        steppers.close()
        until(lambda: birth_of(ready["worker"]) is None)
    finally:
        steppers.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(ready["worker"], signal.SIGKILL)
