"""The stepper process, `python -m sota_core.runs.steppers.process [SLOT]`: a job on stdin, answers on stdout, as JSON
lines. SLOT is the number of an open file that it holds open as long as it lives.

It ends when its work is done, when stdin ends (the page's server is gone, for whatever reason), when nobody has asked
for a step for IDLE_S, and in any case after LIFE_S. While it waits it costs nothing but memory.
"""

import signal
import sys
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

from sota_core.errors import SotaError
from sota_core.language import N_
from sota_core.later import stored, told_by
from sota_core.recipes import Recipe
from sota_core.runs.executors.forkserver import be_modest
from sota_core.settings import Settings, load
from sota_core.system import json_lines
from sota_core.system.logs import log_to_stderr
from sota_core.system.processes import keep_from_forks, usable_cores
from sota_core.train import events
from sota_core.train.stepper.messages import Message, Over

IDLE_S = 240.0
LIFE_S = 660  # a little more than the server allows (steppers.py), in case the server does not end it


class Requests:
    """Messages from a descriptor. `next` blocks, and returns None at their end; `was_idle`: none came in `idle_s`."""

    def __init__(self, descriptor: int, idle_s: float = IDLE_S) -> None:
        self.reader, self.idle_s = json_lines.Reader(descriptor), idle_s
        self.was_idle = False

    def next(self) -> dict[str, Any] | None:
        request = self.reader.next(self.idle_s)
        self.was_idle = request is None and not self.reader.is_over
        return request


Tell = Callable[[Message], None]
Work = Callable[[dict[str, Any], Requests, Tell, Settings], None]


def serve(requests: Requests, tell: Tell, settings: Settings, work: Work | None = None) -> None:
    """Do the one job that is requested, and reply how it ended. `work` stands in for training in tests."""
    job = requests.next()
    if job is None:
        return
    over: Over = {"kind": "over", "why": "done", "error": ""}
    try:
        (work or train)(job, requests, tell, settings)
        if requests.was_idle:
            over["why"] = "idle"
    except BrokenPipeError:
        raise
    except SotaError as refused:
        over = {"kind": "over", "why": "error", "error": stored(told_by(refused))}
    except Exception as bug:
        traceback.print_exc()
        error = f"{type(bug).__name__}: {bug}"[:300]
        over = {"kind": "over", "why": "error", "error": error}
    tell(over)


def train(job: dict[str, Any], requests: Requests, tell: Tell, settings: Settings) -> None:
    tell(events.log(N_("Loading fastai"), stage="start"))
    import torch

    if job["kind"] == "lr_find":
        torch.set_num_threads(usable_cores())
        from sota_core.train.stepper import lr_finder

        lr_finder.find(Recipe.from_dict(job["recipe"]), settings, tell)
        return
    torch.set_num_threads(1)  # a batch of eight small pictures is too little for several threads
    from sota_core.train.stepper import steps

    tell(events.log(N_("Listing the pictures"), stage="start"))
    steps.train(job["technique"], job["seed"], settings, tell, lambda: requests.next() is not None)


def main() -> None:
    signal.alarm(LIFE_S)
    log_to_stderr(load(), "stepper")
    be_modest()
    requests, replies = json_lines.take_pipes()
    # A data loader's workers notice only some seconds later that we have ended; our place and pipes must not wait.
    keep_from_forks([requests, replies, *map(int, sys.argv[1:])])
    try:
        serve(Requests(requests), partial(json_lines.write, replies), load())
    except BrokenPipeError:
        pass  # nobody listens any more


if __name__ == "__main__":
    main()
