"""Executors without processes: a worker lives and dies when the test says so."""

from sota_core.runs.executors.executor import Status


class FakeExecutor:
    """An Executor (executor.Executor) over a dictionary. `poisoned`: by a run's id, the error that polling it
    raises.
    """

    is_everywhere = False

    def __init__(self, slots=1):
        self.slots = slots
        self.status = {}
        self.killed = []
        self.launched = []
        self.poisoned = {}

    def capacity(self):
        return self.slots

    def launch(self, run):
        if run.attempt_key not in self.status:
            self.status[run.attempt_key] = Status(True)
            self.launched.append(run.attempt_key)

    def poll(self, run):
        if run.id in self.poisoned:
            raise self.poisoned[run.id]
        return self.status.get(run.attempt_key, Status(False))

    def kill(self, run, *, force):
        self.killed.append((run.id, force))
        if force:
            self.end(run, -9)

    def end(self, run, code):
        self.status[run.attempt_key] = Status(False, code)

    def wakers(self):
        return []

    def close(self):
        pass


class World:
    """The processes that exist, whoever watches them: (run, attempt) → pid, and the exit codes of those that have
    ended.
    """

    def __init__(self):
        self.alive = {}
        self.codes = {}
        self.n_pids = 0

    def start(self, key):
        self.n_pids += 1
        self.alive[key] = self.n_pids

    def end(self, key, code):
        if key in self.alive:
            del self.alive[key]
            self.codes[key] = code


class WorldExecutor:
    """An executor over the World. Like a real one it knows the exit codes of its own children only."""

    is_everywhere = False

    def __init__(self, world, slots=2):
        self.world, self.slots, self.mine = world, slots, set()

    def capacity(self):
        return self.slots

    def launch(self, run):
        key = run.attempt_key
        if key not in self.mine:
            assert key not in self.world.alive and key not in self.world.codes, "an attempt was launched twice"
            self.mine.add(key)
            self.world.start(key)

    def poll(self, run):
        key = run.attempt_key
        if key in self.mine:
            return Status(key in self.world.alive, self.world.codes.get(key))
        return Status(run.pid is not None and self.world.alive.get(key) == run.pid)

    def kill(self, run, *, force):
        if force:
            self.world.end(run.attempt_key, -9)

    def wakers(self):
        return []

    def close(self):
        pass
