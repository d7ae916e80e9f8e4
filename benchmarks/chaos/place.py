"""A place to break things in: a home of its own, its store, a dispatcher that can be killed and replaced.

Training is a stand-in that sleeps (`train`), so that hundreds of runs fit into minutes; store, dispatcher, fork server,
workers and signals are the real thing. Used by the scenarios beside it.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psutil

from sota_core import paths
from sota_core.recipes import Phase, Recipe
from sota_core.runs.dispatch import dispatcher
from sota_core.runs.store.store import Store
from sota_core.settings import Settings, load
from sota_core.system.environment import child_environment
from sota_core.system.processes import is_alive
from sota_core.train import events
from sota_core.train.summary import Outcome

RECIPE = Recipe(phases=(Phase(size=32, bs=8, n_epochs=1),), arch="xresnet18", width=0.25)


def train(recipe, settings, *, emit, should_stop, out_dir) -> Outcome:
    """Stands in for training: ten steps a second, `recipe.seed` steps, an epoch every ten, one file at the end."""
    emit(
        events.started(
            device="none",
            precision="fp32",
            versions={},
            n_train=80,
            n_valid=10,
            total_steps=recipe.seed,
            recipe=recipe.to_dict(),
        )
    )
    step = 0
    while step < recipe.seed and not should_stop():
        step += 1
        loss = 2.0 / (1 + step / 100)
        now = {"step": step, "total_steps": recipe.seed, "phase": 0}
        emit(events.batch(**now, loss=loss, smooth_loss=loss, lr=1e-3, mom=0.9))
        if step % 10 == 0:
            losses = {"train_loss": loss, "valid_loss": loss, "valid_ce": loss}
            when = {"phase": 0, "stage": "main", "epoch": step // 10 - 1, "step": step}
            emit(events.epoch(**when, **losses, accuracy=0.5, seconds=1.0, images_per_s=80.0, n_valid=10))
        time.sleep(0.1)
    (out_dir / "metrics.csv").write_text("epoch,accuracy\n")
    return Outcome({"accuracy": 0.5}, {"metrics.csv": out_dir / "metrics.csv"}, stopped=step < recipe.seed)


def start_dispatcher(settings: Settings, out: Any, trainer: str = "benchmarks.chaos.place:train") -> subprocess.Popen:
    """A dispatcher whose runs are carried out by `trainer`; it is at work."""
    code = (
        "import sys; from sota_core import settings; from sota_core.runs.dispatch import dispatcher; "
        f"sys.exit(dispatcher.run(settings.load(), 600, trainer='{trainer}'))"
    )
    command, env = [sys.executable, "-c", code], child_environment(settings)
    process = subprocess.Popen(command, env=env, cwd=paths.ROOT, stdout=out, stderr=out)
    until(lambda: (info := dispatcher.status(settings)) and info["pid"] == process.pid)
    return process


class Site:
    """A home of its own, its store, and a dispatcher that can be killed and replaced."""

    def __init__(self, home: Path, slots: int, log: Path, trainer: str = "benchmarks.chaos.place:train") -> None:
        env = {"SOTA_HOME": str(home), "SOTA_DATA_DIR": str(home / "data"), "SOTA_SLOTS": str(slots)}
        self.settings: Settings = load(env | {"SOTA_MIN_FREE_MB": "1"})
        self.store = Store(self.settings)
        self.process: subprocess.Popen | None = None
        self.log, self.trainer = log, trainer

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = start_dispatcher(self.settings, out, self.trainer)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def submit(self, n: int, steps: int, key: str | None = None) -> list[str]:
        recipe = RECIPE.replace(seed=steps)
        return [self.store.queue.submit(recipe, owner=f"o{random.random()}", key=key).id for _ in range(n)]

    def all_ended(self, seconds: float) -> bool:
        return until(
            lambda: all(r.is_terminal for r in self.store.history.list_runs(limit=None)), seconds, required=False
        )

    def orphans(self) -> list[int]:
        """Processes of ours besides the dispatcher and its fork server."""
        at_work = dispatcher.status(self.settings)
        known = {os.getpid(), self.process.pid if self.process else 0, at_work["pid"] if at_work else 0}
        home = str(self.settings.home)
        found = []
        for process in psutil.process_iter():
            try:
                ours = process.environ().get("SOTA_HOME") == home and process.status() != psutil.STATUS_ZOMBIE
                if ours and process.pid not in known and process.ppid() not in known:
                    found.append(process.pid)
            except psutil.Error:
                continue
        return found

    def integrity(self) -> str:
        with closing(sqlite3.connect(self.settings.home / "runs.db")) as connection:
            return connection.execute("PRAGMA integrity_check").fetchone()[0]

    def gaps(self) -> int:
        """Runs whose last attempt's events are not numbered 1, 2, 3 …"""
        n = 0
        for run in self.store.history.list_runs(limit=None):
            numbers = [e["seq"] for e in self.store.log.events(run.id) if e["attempt"] == run.attempt]
            n += numbers != list(range(1, len(numbers) + 1))
        return n


@contextmanager
def site(slots: int = 4, home: Path | None = None) -> Iterator[Site]:
    # Errors ignored as in benchmarks/site.py: after a web server is killed, the sample may still be drawn for a moment.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        one = Site(home or Path(folder) / "home", slots, Path(folder) / "dispatcher.log")
        one.start()
        try:
            yield one
        finally:
            one.kill()
            for run in one.store.history.active():
                if is_alive(run.pid, run.birth):
                    os.killpg(run.pid, signal.SIGKILL)
            one.store.close()


def until(condition: Callable[[], object], seconds: float = 60.0, *, required: bool = True) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            assert not required, "waited in vain"
            return False
        time.sleep(0.02)
    return True
