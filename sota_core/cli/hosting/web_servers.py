"""The app's web processes: started together, each followed by another one where it ends unasked, ended together."""

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
STEADY_S = 10.0  # one that has lived for so long is followed at once
LONGEST_WAIT_S = 30.0
END_S = 5.0

# What goes wrong unforeseen is told in the log, with its traceback; visitors of a server are no developers.
QUIET = ("--client.showErrorDetails", "none")


class Process(Protocol):
    """What is asked of subprocess.Popen here."""

    def poll(self) -> int | None: ...
    def wait(self, timeout: float) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


Start = Callable[[], Process | None]


def words(address: str, port: int) -> list[str]:
    """What follows `streamlit` to serve the app at this port; address '': at all of this machine's."""
    where = ["--server.address", address] if address else []
    streamlit = ["run", str(paths.APP), "--server.port", str(port), *where]
    return [*streamlit, "--server.headless", "true", "--logger.hideWelcomeMessage", "true", *QUIET]


def start(words: Sequence[str], env: Mapping[str, str], preloaded: Preloaded | None) -> Process | None:
    """A web process, forked where that is possible; None: not yet, ask again."""
    if preloaded is not None and preloaded.is_of_use:
        return preloaded.fork(words)
    return subprocess.Popen([sys.executable, "-m", MODULE, *words], env=dict(env), pass_fds=lifeline.passed_on(env))


@dataclass(slots=True)
class _Server:
    start: Start
    process: Process | None
    began: float
    n_quick: int = 0  # ends in a row, each soon after the start
    not_before: float = float("-inf")  # it could not be started: no memory, too many processes


class WebServers:
    """One process a start; one that returns None is asked again, one that raises OSError a while later. `clock` is
    monotonic; `say` is told of each that ended unasked, or could not be started.
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
        """Start those again that have ended. The exit code where the only one has, for that is the app's end."""
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
        except OSError as bad:  # the others go on, and so does who started them
            server.process, server.not_before = None, now + LONGEST_WAIT_S
            self.say(f"web process {number} of {len(self.servers)} cannot be started now: {bad}")

    def end(self) -> None:
        """All of them, by SIGTERM, by SIGKILL where one has not ended in END_S. Blocking. One that does not end even so
        is told of: there is more to be ended by who calls this.
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
