"""The stepper process, `python -m sota_core.runs.steppers.process [SLOT]`: a job on stdin, answers on stdout, as JSON
lines. SLOT is the number of an open file that it holds open as long as it lives.

It ends when its work is done, when stdin ends (the page's server is gone, for whatever reason), when nobody has asked
for a step for IDLE_S, and in any case after LIFE_S. While it waits it costs nothing but memory.
"""

import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

from sota_core.errors import SotaError
from sota_core.language import N_
from sota_core.later import stored, told_by
from sota_core.recipes import Recipe
from sota_core.runs.executors.forkserver import be_modest
from sota_core.settings import Settings, load
from sota_core.system.logs import log_to_stderr
from sota_core.system.processes import close_stdin, keep_from_forks, usable_cores
from sota_core.train import events
from sota_core.train.stepper.messages import Message, Over

IDLE_S = 240.0
LIFE_S = 660  # a little more than the server allows (steppers.py), in case the server does not end it


class Requests:
    """JSON lines from a descriptor. `next` blocks, and returns None at their end; `was_idle`: none came in `idle_s`."""

    def __init__(self, descriptor: int, idle_s: float = IDLE_S) -> None:
        self.descriptor, self.idle_s = descriptor, idle_s
        self.buffer = b""
        self.was_idle = False

    def next(self) -> dict[str, Any] | None:
        while b"\n" not in self.buffer:
            if not select.select([self.descriptor], [], [], self.idle_s)[0]:
                self.was_idle = True
                return None
            data = os.read(self.descriptor, 65536)
            if not data:
                return None
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return json.loads(line)


class Replies:
    """Messages as JSON lines to a descriptor; blocks while nobody reads."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def tell(self, message: Message) -> None:
        left = memoryview(json.dumps(message).encode() + b"\n")
        while left:
            left = left[os.write(self.descriptor, left) :]


Work = Callable[[dict[str, Any], Requests, Replies, Settings], None]


def serve(requests: Requests, replies: Replies, settings: Settings, work: Work | None = None) -> None:
    """Do the one job that is requested, and reply how it ended. `work` stands in for training in tests."""
    job = requests.next()
    if job is None:
        return
    over: Over = {"kind": "over", "why": "done", "error": ""}
    try:
        (work or train)(job, requests, replies, settings)
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
    replies.tell(over)


def train(job: dict[str, Any], requests: Requests, replies: Replies, settings: Settings) -> None:
    replies.tell(events.log(N_("Loading fastai"), stage="start"))
    import torch

    if job["kind"] == "lr_find":
        torch.set_num_threads(usable_cores())
        from sota_core.train.stepper import lr_finder

        lr_finder.find(Recipe.from_dict(job["recipe"]), settings, replies.tell)
        return
    torch.set_num_threads(1)  # a batch of eight small pictures is too little for several threads
    from sota_core.train.stepper import steps

    replies.tell(events.log(N_("Listing the pictures"), stage="start"))
    steps.train(job["technique"], job["seed"], settings, replies.tell, lambda: requests.next() is not None)


def main() -> None:
    signal.alarm(LIFE_S)
    log_to_stderr(load(), "stepper")
    be_modest()
    requests, replies = os.dup(0), os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not come between the replies
    close_stdin()
    # A data loader's workers notice only some seconds later that we have ended; our place and pipes must not wait.
    keep_from_forks([requests, replies, *map(int, sys.argv[1:])])
    try:
        serve(Requests(requests), Replies(replies), load())
    except BrokenPipeError:
        pass  # nobody listens any more


if __name__ == "__main__":
    main()
