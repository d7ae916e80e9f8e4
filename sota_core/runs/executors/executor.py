"""Where workers run: the contract, and the executor that runs them in the calling process.

An executor starts, watches and kills. It knows no queue and no states: those are the dispatcher's.
"""

from dataclasses import dataclass, field
from typing import Protocol

from sota_core.runs.run import Run


@dataclass(frozen=True, slots=True)
class Status:
    """Is an attempt's worker alive; if not, its exit code: negative for a signal, None where nobody can know.

    waits  it cannot be there yet: a cluster has no place for it now, or does not answer
    """

    is_alive: bool
    code: int | None = None
    waits: bool = field(default=False, compare=False)


class Executor(Protocol):
    """What the dispatcher asks of a place to train in. Nothing here blocks for long, except inline."""

    # Are its workers on other machines too, and does it know of them all the same?
    is_everywhere: bool

    def capacity(self) -> int:
        """How many workers may run at the same time, those that do included."""
        ...

    def launch(self, run: Run) -> None:
        """Start a worker for the run's attempt. Idempotent on (run, attempt); may return before the worker is there."""
        ...

    def poll(self, run: Run) -> Status:
        """How the worker of this attempt is. One this executor has not launched is looked up by its pid and birth."""
        ...

    def kill(self, run: Run, *, force: bool) -> None:
        """Ask the worker's whole process group to end (SIGTERM), or end it (`force`: SIGKILL)."""
        ...

    def wakers(self) -> list[int]:
        """File descriptors that become readable when it is worth polling; [] if there are none."""
        ...

    def close(self) -> None:
        """Let go; workers go on."""
        ...
