"""Where workers run: the contract, and the executor that runs them in the calling process.

An executor starts, watches and kills. It knows no queue and no states: those are the dispatcher's.
"""

from dataclasses import dataclass
from typing import Protocol

from sota_core.runs import worker
from sota_core.runs.run import Run
from sota_core.runs.worker import Trainer
from sota_core.settings import Settings


@dataclass(frozen=True, slots=True)
class Status:
    """Is an attempt's worker alive; if not, its exit code: negative for a signal, None where nobody can know."""

    is_alive: bool
    code: int | None = None


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


class InlineExecutor:
    """Runs the worker inside `launch`, blocking: for tests, and where no process can be started."""

    is_everywhere = False

    def __init__(self, settings: Settings, trainer: Trainer | str | None = None) -> None:
        self.settings, self.trainer = settings, trainer
        self.codes: dict[tuple[str, int], int] = {}

    def capacity(self) -> int:
        return 1

    def launch(self, run: Run) -> None:
        key = (run.id, run.attempt)
        if key not in self.codes:
            self.codes[key] = worker.main(run.id, run.attempt, self.settings, trainer=self.trainer)

    def poll(self, run: Run) -> Status:
        return Status(is_alive=False, code=self.codes.get((run.id, run.attempt)))

    def kill(self, run: Run, *, force: bool) -> None:
        """Nothing: whatever it launched has ended."""

    def wakers(self) -> list[int]:
        return []

    def close(self) -> None:
        pass


def make_executor(settings: Settings, trainer: Trainer | str | None = None) -> Executor:
    """The executor of the settings. A trainer for other processes must be given by name ('module:function').

    Raises
        InputError  a setting it needs is missing.
    """
    if settings.executor == "inline":
        return InlineExecutor(settings, trainer)
    assert trainer is None or isinstance(trainer, str)
    if settings.executor == "ray":
        from sota_core.runs.ray_executor import RayExecutor

        return RayExecutor(settings, trainer)
    from sota_core.runs.process_executor import ProcessExecutor

    return ProcessExecutor(settings, trainer)
