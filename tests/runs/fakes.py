"""An executor without processes: workers live and die when the test says so."""

from sota_core.runs.executor import Status


class FakeExecutor:
    """The contract of executor.Executor over a dictionary."""

    def __init__(self, slots=1):
        self.slots = slots
        self.status = {}
        self.killed = []
        self.launched = []

    def capacity(self):
        return self.slots

    def launch(self, run):
        if (run.id, run.attempt) not in self.status:
            self.status[(run.id, run.attempt)] = Status(True)
            self.launched.append((run.id, run.attempt))

    def poll(self, run):
        return self.status.get((run.id, run.attempt), Status(False))

    def kill(self, run, *, force):
        self.killed.append((run.id, force))
        if force:
            self.end(run, -9)

    def end(self, run, code):
        self.status[(run.id, run.attempt)] = Status(False, code)

    def wakers(self):
        return []

    def close(self):
        pass
