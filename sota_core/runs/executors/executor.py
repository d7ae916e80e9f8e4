"""Where workers run: the contract of every executor.

An executor starts, watches and kills workers. Queue and states are left to the dispatcher.
"""

from dataclasses import dataclass, field
from typing import Protocol

from sota_core.runs.run import Run


@dataclass(frozen=True, slots=True)
class Status:
    """Is an attempt's worker alive; if not, its exit code: negative for a signal, None if it cannot be known.

    waits  the worker cannot have started yet: a cluster has no place for it now, or does not answer
    """

    is_alive: bool
    code: int | None = None
    waits: bool = field(default=False, compare=False)


class Executor(Protocol):
    """What the dispatcher asks of a place to train in. Nothing here blocks for long, except inline."""

    # Can it look after workers on other machines as well?
    is_everywhere: bool

    def capacity(self) -> int:
        """How many workers may run at the same time, including those that run now."""
        ...

    def launch(self, run: Run) -> None:
        """Start a worker for the run's attempt. Idempotent on (run, attempt); may return before the worker is there."""
        ...

    def poll(self, run: Run) -> Status:
        """The status of this attempt's worker. One that another executor launched is looked up by its pid and birth."""
        ...

    def kill(self, run: Run, *, force: bool) -> None:
        """Ask the worker's whole process group to end (SIGTERM), or end it (`force`: SIGKILL)."""
        ...

    def wakers(self) -> list[int]:
        """File descriptors that become readable when it is worth calling `poll`; [] if there are none."""
        ...

    def close(self) -> None:
        """Release what this executor holds; its workers go on."""
        ...
