"""What a stepper's process reads and writes, without a process."""

import json
import os
from collections.abc import Iterator
from functools import partial

import pytest

from sota_core.errors import InputError
from sota_core.runs.steppers.process import Requests, Tell, serve
from sota_core.settings import Settings
from sota_core.system import json_lines

JOB = {"kind": "steps", "technique": "plain", "seed": 1}


class Wires:
    """The two pipes of a stepper's process, with both of their ends."""

    def __init__(self, idle_s: float) -> None:
        requests, self.ask = os.pipe()
        self.answers, self.replies = os.pipe()
        self.requests, self.tell = Requests(requests, idle_s), partial(json_lines.write, self.replies)
        self.open = {requests, self.ask, self.answers, self.replies}

    def send(self, text: str) -> None:
        os.write(self.ask, text.encode())

    def close(self, descriptor: int) -> None:
        self.open.remove(descriptor)
        os.close(descriptor)

    def told(self) -> list[dict]:
        self.close(self.replies)
        return [json.loads(line) for line in os.read(self.answers, 65536).splitlines()]


@pytest.fixture
def wires() -> Iterator[Wires]:
    wires = Wires(idle_s=0.0)
    yield wires
    for descriptor in wires.open:
        os.close(descriptor)


def count_steps(job, requests: Requests, tell: Tell, settings) -> None:
    while (request := requests.next()) is not None:
        tell({"kind": "step", "asked": request["do"], "technique": job["technique"]})


def test_requests_come_whole_however_the_pipe_cuts_them(wires: Wires):
    wires.send('{"do": "st')
    assert wires.requests.next() is None and wires.requests.was_idle
    wires.send('ep"}\n{"do": "step"}\n')
    assert [wires.requests.next(), wires.requests.next()] == [{"do": "step"}] * 2


def test_the_end_of_stdin_is_the_end_of_the_work(wires: Wires, settings: Settings):
    wires.send(json.dumps(JOB) + '\n{"do": "step"}\n')
    wires.close(wires.ask)
    serve(wires.requests, wires.tell, settings, work=count_steps)
    step, over = wires.told()
    assert step == {"kind": "step", "asked": "step", "technique": "plain"}
    assert over == {"kind": "over", "why": "done", "error": ""} and not wires.requests.was_idle


def test_nobody_asking_for_long_is_told_as_such(wires: Wires, settings: Settings):
    wires.send(json.dumps(JOB) + "\n")
    serve(wires.requests, wires.tell, settings, work=count_steps)
    assert wires.told() == [{"kind": "over", "why": "idle", "error": ""}]


def test_without_a_job_nothing_is_done_or_said(wires: Wires, settings: Settings):
    wires.close(wires.ask)
    serve(wires.requests, wires.tell, settings, work=lambda *_: pytest.fail("work was begun without a job"))
    assert wires.told() == []


@pytest.mark.parametrize(
    ("error", "said"),
    [(InputError("bs: too large"), "bs: too large"), (ZeroDivisionError("x"), "ZeroDivisionError: x")],
)
def test_an_error_is_the_last_word(wires: Wires, settings: Settings, error: Exception, said: str, capsys):
    def fails(*_):
        raise error

    wires.send(json.dumps(JOB) + "\n")
    serve(wires.requests, wires.tell, settings, work=fails)
    assert wires.told() == [{"kind": "over", "why": "error", "error": said}]
    assert ("Traceback" in capsys.readouterr().err) == isinstance(error, ZeroDivisionError)


def test_a_listener_who_is_gone_ends_it(wires: Wires, settings: Settings):
    wires.send(json.dumps(JOB) + '\n{"do": "step"}\n')
    wires.close(wires.answers)
    with pytest.raises(BrokenPipeError):
        serve(wires.requests, wires.tell, settings, work=count_steps)
