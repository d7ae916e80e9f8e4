"""One stepper as the web process sees it: start it, ask for a step, read its messages, end it."""

import dataclasses
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sota_core import paths
from sota_core.later import later, restored
from sota_core.settings import Settings
from sota_core.system import json_lines
from sota_core.system.environment import child_environment, log_folder
from sota_core.system.processes import birth_of, kill_leftovers, signal_group
from sota_core.train.stepper.messages import Message

_DEAD_WITHIN_S = 1.0  # how long the end of a stepper waits for that of its workers
COMMAND = (sys.executable, "-m", "sota_core.runs.steppers.process")


@dataclass(frozen=True, slots=True)
class Progress:
    """What a stepper has said, and what it does.

    state     starting | waiting (for a step to be asked for) | working | over
    messages  in order; among the steps, only the last one keeps its pictures
    ended     why it is over: done, idle, time, left, stopped, error; "" while it is not
    error     what went wrong, for the visitor
    """

    state: str = "starting"
    messages: tuple[Message, ...] = ()
    ended: str = ""
    error: str = ""

    def all(self, kind: str) -> list[Mapping[str, Any]]:
        return [message for message in self.messages if message["kind"] == kind]

    def last(self, kind: str) -> Mapping[str, Any] | None:
        return next((message for message in reversed(self.messages) if message["kind"] == kind), None)


class Stepper:
    """A child process and the two pipes to it. May be used from several threads.

    slot     an open file that the child holds open for as long as it lives, and none of its own children does; the
             caller closes ours. The child is told its number as its last argument
    command  stands in for the real process in tests
    """

    def __init__(
        self,
        job: Mapping[str, Any],
        settings: Settings,
        slot: int | None = None,
        *,
        command: Sequence[str] = COMMAND,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.job, self.clock = job, clock
        self.started_at = self.seen_at = self.asked_at = clock()
        self._lock = threading.Lock()
        self._progress = Progress()
        with (log_folder(settings) / "steppers.log").open("ab") as log:
            self.process = subprocess.Popen(
                command if slot is None else (*command, str(slot)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={k: v for k, v in child_environment(settings).items() if not k.startswith("MALLOC_")}
                | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
                cwd=paths.ROOT,
                pass_fds=() if slot is None else (slot,),
                start_new_session=True,  # Ctrl-C in a terminal is for the server; when that ends, the pipe does
            )
        assert self.process.stdout is not None
        self._answers = json_lines.Reader(self.process.stdout.fileno())
        self._send(job)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_waiting(self) -> bool:
        """Does it wait for a step to be asked for, by what has been read so far?"""
        return self._progress.state == "waiting"

    def ask(self) -> bool:
        """Ask for the next step; False if it is starting or over, or if a step is under way already."""
        with self._lock:
            self._read()
            self.asked_at = self.clock()
            if self._progress.state != "waiting":
                return False
            self._set(state="working")
            self._send({"do": "step"})
            return True

    def look(self, wait_s: float = 0.0) -> Progress:
        """Its progress so far. While it is working, this waits up to `wait_s` for the work to be done."""
        until = self.clock() + wait_s
        with self._lock:
            self.seen_at = self.clock()
            self._read()
            while self._progress.state == "working" and (left := until - self.clock()) > 0:
                self._read(left)
            return self._progress

    def close(self, why: str = "stopped") -> None:
        """End it at once: nothing of it is worth keeping. Calling it twice is harmless."""
        with self._lock:
            self._read()
            self._end(why)

    def _send(self, request: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        try:
            json_lines.write(self.process.stdin.fileno(), request)
        except BrokenPipeError:
            pass  # it is gone; the next read will notice

    def _read(self, wait_s: float = 0.0) -> None:
        """Read all messages that have come; wait for the first one up to `wait_s`."""
        while self._progress.state != "over" and (message := self._answers.next(wait_s)) is not None:
            self._take(message)
            wait_s = 0.0
        if self._answers.is_over:
            self._end("error")

    def _take(self, message: dict[str, Any]) -> None:
        if message["kind"] == "over":
            self._end(message["why"], restored(message["error"]))
            return
        earlier = self._progress.messages
        if message["kind"] == "step":
            earlier = tuple({k: v for k, v in old.items() if k != "pictures"} for old in earlier)
        state = self._progress.state
        if message["kind"] in ("ready", "step"):
            state = "waiting"
            self.asked_at = self.clock()  # from now on the visitor has IDLE_S to look before they ask again
        self._set(state=state, messages=(*earlier, message))

    def _end(self, why: str, error: str = "") -> None:
        if self._progress.state == "over":
            return
        signal_group(self.pid, signal.SIGKILL)  # with its data loader's workers; until `wait` the pid is no other's
        code = self.process.wait()
        # A worker dies a moment later than the signal, and may have been forked so lately that it holds the place.
        left, until = kill_leftovers(self.pid), time.monotonic() + _DEAD_WITHIN_S
        while any(birth_of(pid) for pid in left) and time.monotonic() < until:
            time.sleep(0.005)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        if why == "error" and not error:
            error = later(
                "Its process ended by itself (exit {code}); the server's log steppers.log may say why.", code=str(code)
            )
        self._set(state="over", ended=why, error=error)

    def _set(self, **changes: Any) -> None:
        self._progress = dataclasses.replace(self._progress, **changes)
