"""Web processes that are forked from one process with every page warm, and so serve a moment after their start."""

import contextlib
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sota_core.system import json_lines, lifeline
from sota_core.system.processes import birth_of, is_alive

MODULE = "pages.shared.server.prefork"
IS_POSSIBLE = sys.platform == "linux"  # elsewhere, system libraries do not survive a fork
MOST_TRIES = 3
AGAIN_S = 30.0  # until it is tried again after it could not be started: no memory, too many processes
UNKNOWN = -1  # exit code of a process whose parent was gone, so that nobody knows it
END_S = 5.0
_LOOK_S = 0.05


@dataclass(slots=True, eq=False)
class Forked:
    """A forked web process, with the methods of subprocess.Popen. `pid` is None while it has only been asked for."""

    read: Callable[[], bool]
    pid: int | None = None
    birth: str | None = None
    code: int | None = None

    def poll(self) -> int | None:
        """Its exit code; None while it lives. Its parent tells the code; if the parent is gone, pid and birth tell."""
        if not self.read() and self.code is None and not is_alive(self.pid, self.birth):
            self.code = UNKNOWN
        return self.code

    def wait(self, timeout: float) -> int:
        """Raises
        subprocess.TimeoutExpired  it has not ended in time.
        """
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"web process {self.pid}", timeout)
            time.sleep(_LOOK_S)
        return code

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self.pid is not None and is_alive(self.pid, self.birth):
            with contextlib.suppress(ProcessLookupError):  # it has ended since
                os.kill(self.pid, number)


class Preloaded:
    """The process that web processes are forked from. If it ends, another is started; what it has forked lives on.

    command  starts it; in tests, something with the protocol of pages/shared/server/prefork.py
    say      is called with what goes wrong
    clock    is monotonic
    """

    def __init__(
        self,
        env: Mapping[str, str],
        *,
        command: Sequence[str] = (sys.executable, "-m", MODULE),
        say: Callable[[str], None] = print,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # BLAS starts its threads when it is imported, and threads do not survive a fork.
        self.env, self.command, self.say = {**env, "OPENBLAS_NUM_THREADS": "1"}, list(command), say
        self.clock = clock
        self.again_at = math.inf
        self.process: subprocess.Popen | None = None
        self.is_ready = False
        self.n_tries = 0  # starts in a row after which it did not get ready
        self._asked: dict[int, Forked] = {}
        self._alive: dict[int, Forked] = {}
        self._n = 0
        self._start()

    @property
    def is_of_use(self) -> bool:
        return self.process is not None

    def fork(self, words: Sequence[str]) -> Forked | None:
        """Fork a web process with this command line for Streamlit; None: not ready yet, ask again."""
        if not self.read() or not self.is_ready:
            return None
        self._n += 1
        assert self.process is not None and self.process.stdin is not None
        try:
            json_lines.write(self.process.stdin.fileno(), {"n": self._n, "words": list(words)})
        except OSError:  # it has just ended; the next `read` will notice
            return None
        generation = self.process.pid
        self._asked[self._n] = one = Forked(lambda: self.read() and self._pid == generation)
        return one

    def read(self) -> bool:
        """Take in what the process has said; False if there is no process any more. Never fails."""
        if self.process is None and self.clock() >= self.again_at:
            self._start()
        while self.process is not None:
            while (said := self._replies.next()) is not None:
                self._take(said)
            if not self._replies.is_over:
                return True
            self._follow()
        return False

    def end(self) -> None:
        """End this process, but not those it has forked. Blocking."""
        self.again_at = math.inf
        self._lose()

    @property
    def _pid(self) -> int | None:
        return None if self.process is None else self.process.pid

    def _take(self, said: dict[str, Any]) -> None:
        if "ready" in said:
            self.is_ready = said["ready"]
            if self.is_ready:
                self.n_tries = 0
            else:
                self.say(f"web processes cannot be forked: {said['why']}")
                self.n_tries = MOST_TRIES
        elif "forked" in said:
            one = self._asked.pop(said["forked"])
            if said["pid"] is None:
                one.code = UNKNOWN
                return
            one.pid, one.birth = said["pid"], birth_of(said["pid"])
            self._alive[said["pid"]] = one
        elif "ended" in said:
            self._alive.pop(said["ended"]).code = said["code"]

    def _start(self) -> None:
        self.is_ready = False
        pipe, passed = subprocess.PIPE, lifeline.passed_on(self.env)
        try:
            self.process = subprocess.Popen(self.command, env=self.env, stdin=pipe, stdout=pipe, pass_fds=passed)
        except OSError as bad:  # the web processes go on, and so does whoever reads this
            self.again_at = self.clock() + AGAIN_S
            again = f"it is tried again in {AGAIN_S:.0f} s"
            self.say(f"the process that web processes are forked from cannot be started now, {again}: {bad}")
            return
        self.again_at = math.inf
        assert self.process.stdout is not None
        self._replies = json_lines.Reader(self.process.stdout.fileno())

    def _follow(self) -> None:
        self._lose()
        if self.n_tries < MOST_TRIES:
            self.n_tries += 1
            self._start()
        else:
            self.say("web processes are started from scratch: their first pages take seconds")

    def _lose(self) -> None:
        process, self.process, self.is_ready = self.process, None, False
        self._asked.clear()
        self._alive.clear()  # from now on, their pids tell whether they live
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.terminate()  # while it visits the pages it would not notice that its stdin has ended
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
