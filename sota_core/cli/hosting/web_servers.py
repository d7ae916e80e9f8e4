"""The app's web processes: started together, each followed by another one where it ends unasked, ended together."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sota_core import paths

STEADY_S = 10.0  # one that has lived for so long is followed at once
LONGEST_WAIT_S = 30.0
END_S = 5.0

# What goes wrong unforeseen is told in the log, with its traceback; visitors of a server are no developers.
QUIET = ("--client.showErrorDetails", "none")
_WHEN_WARM = "pages.shared.frame.open_when_warm"


def command(address: str, port: int, beside: Sequence[int] | None = None) -> list[str]:
    """A Streamlit server of the app at this port; address '': at all of this machine's.

    beside  behind a proxy: ports of the other processes. While one of them serves, this one opens when it is warm.
    """
    where = ["--server.address", address] if address else []
    program = ["streamlit"] if beside is None else [_WHEN_WARM, "--beside", ",".join(map(str, beside))]
    streamlit = [sys.executable, "-m", *program, "run", str(paths.APP), "--server.port", str(port)]
    return [*streamlit, *where, "--server.headless", "true", "--logger.hideWelcomeMessage", "true", *QUIET]


@dataclass(slots=True)
class _Server:
    command: Sequence[str]
    process: subprocess.Popen
    began: float
    n_quick: int = 0  # ends in a row, each soon after the start


class WebServers:
    """One process a command. `clock` is monotonic; `say` is told of each that ended unasked."""

    def __init__(
        self,
        commands: Sequence[Sequence[str]],
        env: Mapping[str, str],
        *,
        say: Callable[[str], None] = print,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.env, self.say, self.clock = env, say, clock
        self.servers = [_Server(one, self._start(one), clock()) for one in commands]

    def tend(self) -> int | None:
        """Start those again that have ended. The exit code where the only one has, for that is the app's end."""
        now = self.clock()
        for number, server in enumerate(self.servers, 1):
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
            server.process, server.began = self._start(server.command), now
        return None

    def end(self) -> None:
        """All of them, by SIGTERM, by SIGKILL where one has not ended in END_S. Blocking."""
        for server in self.servers:
            server.process.terminate()
        deadline = time.monotonic() + END_S
        for server in self.servers:
            try:
                server.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                server.process.kill()
                server.process.wait()

    def _start(self, one: Sequence[str]) -> subprocess.Popen:
        return subprocess.Popen(list(one), env=dict(self.env))
