"""The executor that runs workers in the calling process: for tests, and where no process can be started."""

from sota_core.runs.executors.executor import Status
from sota_core.runs.run import Attempt, Run
from sota_core.runs.worker import worker
from sota_core.runs.worker.worker import Trainer
from sota_core.settings import Settings


class InlineExecutor:
    """Runs the worker inside `launch`, blocking: for tests, and where no process can be started."""

    is_everywhere = False

    def __init__(self, settings: Settings, trainer: Trainer | str | None = None) -> None:
        self.settings, self.trainer = settings, trainer
        self.codes: dict[Attempt, int] = {}

    def capacity(self) -> int:
        return 1

    def launch(self, run: Run) -> None:
        key = run.attempt_key
        if key not in self.codes:
            self.codes[key] = worker.main(run.id, run.attempt, self.settings, trainer=self.trainer)

    def poll(self, run: Run) -> Status:
        return Status(is_alive=False, code=self.codes.get(run.attempt_key))

    def kill(self, run: Run, *, force: bool) -> None:
        """Does nothing: whatever it launched has ended."""

    def wakers(self) -> list[int]:
        return []

    def close(self) -> None:
        pass
