"""The app's web processes: started together, each started again if it ends by itself, ended together."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sota_core import paths
from sota_core.cli.hosting.preloaded import Preloaded
from sota_core.system import lifeline

MODULE = "pages.shared.server.web"  # Streamlit's command line
STEADY_S = 10.0  # a process that has lived for this long is started again at once
LONGEST_WAIT_S = 30.0
END_S = 5.0

# An unforeseen error and its traceback go to the log; visitors of a server are no developers.
QUIET = ("--client.showErrorDetails", "none")


class Process(Protocol):
    """What is needed of subprocess.Popen here."""

    def poll(self) -> int | None: ...
    def wait(self, timeout: float) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


Start = Callable[[], Process | None]


def words(address: str, port: int) -> list[str]:
    """The arguments of `streamlit` to serve the app at this port; address '': at all of this machine's addresses."""
    where = ["--server.address", address] if address else []
    streamlit = ["run", str(paths.APP), "--server.port", str(port), *where]
    return [*streamlit, "--server.headless", "true", "--logger.hideWelcomeMessage", "true", *QUIET]


def start(words: Sequence[str], env: Mapping[str, str], preloaded: Preloaded | None) -> Process | None:
    """Start a web process, forked if possible; None: not possible yet, ask again."""
    if preloaded is not None and preloaded.is_of_use:
        return preloaded.fork(words)
    return subprocess.Popen([sys.executable, "-m", MODULE, *words], env=dict(env), pass_fds=lifeline.passed_on(env))


@dataclass(slots=True)
class _Server:
    start: Start
    process: Process | None
    began: float
    n_quick: int = 0  # how often in a row it has ended soon after its start
    not_before: float = float("-inf")  # when to try again after it could not be started: no memory, too many processes


class WebServers:
    """One process for each of `starts`. A start that returns None is called again at the next `tend`, one that raises
    OSError after LONGEST_WAIT_S. `clock` is monotonic; `say` is called for each process that ended by itself, or that
    could not be started.
    """

    def __init__(
        self,
        starts: Sequence[Start],
        *,
        say: Callable[[str], None] = print,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.say, self.clock = say, clock
        self.servers = [_Server(one, None, clock()) for one in starts]
        for number, server in enumerate(self.servers, 1):
            self._start(server, number)

    def tend(self) -> int | None:
        """Start again the processes that have ended. If there is only one, return its exit code: the app has ended."""
        now = self.clock()
        for number, server in enumerate(self.servers, 1):
            if server.process is None:
                self._start(server, number)
                continue
            code = server.process.poll()
            if code is None:
                continue
            if len(self.servers) == 1:
                return code
            lived = now - server.began
            wait_s = min(LONGEST_WAIT_S, 2.0**server.n_quick - 1)
            if lived < STEADY_S and lived < wait_s:
                continue
            server.n_quick = 0 if lived >= STEADY_S else min(server.n_quick + 1, 10)
            self.say(f"web process {number} of {len(self.servers)} ended (code {code}) and is started again")
            self._start(server, number)
        return None

    def _start(self, server: _Server, number: int) -> None:
        now = self.clock()
        if now < server.not_before:
            return
        try:
            server.process, server.began = server.start(), now
        except OSError as bad:  # the other processes go on, and so does this one
            server.process, server.not_before = None, now + LONGEST_WAIT_S
            self.say(f"web process {number} of {len(self.servers)} cannot be started now: {bad}")

    def end(self) -> None:
        """End all of them by SIGTERM, and by SIGKILL those that have not ended in END_S. Blocking. `say` is called for
        one that does not end even then; nothing is raised, since the caller has more to end.
        """
        processes = {n: server.process for n, server in enumerate(self.servers, 1) if server.process is not None}
        for process in processes.values():
            process.terminate()
        deadline = time.monotonic() + END_S
        for number, process in processes.items():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                try:
                    process.wait(END_S)
                except subprocess.TimeoutExpired:  # its disk hangs
                    self.say(f"web process {number} of {len(self.servers)} does not end, and is left alone")
