"""The run store: what pages, command line, dispatcher and workers share. SQLite in WAL mode, or PostgreSQL by URL.

Only assembled here; each part is a file: queueing, transitions, eventlog, history, guesses. Imports neither torch
nor fastai.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from sota_core.runs.store.database import open_engine, sqlite_path
from sota_core.runs.store.guesses import Guesses
from sota_core.runs.store.history import History
from sota_core.runs.store.queueing import Queueing
from sota_core.runs.store.quotas import Limits
from sota_core.runs.store.transitions import Transitions
from sota_core.settings import Settings


class Store(Queueing, Transitions, History, Guesses):
    """Open (and make, and migrate) the store of these settings, or of a URL.

    Safe to open from many processes at once, to share between threads, and to keep open. A forked process must
    open its own. Every method is atomic; readers never wait; a writer waits milliseconds.

    submit(recipe, *, owner, key, n_images, estimate_s, time_limit_s, data, state, room) -> Run
    get(id) -> Run · list_runs(owner, states, limit, room) · latest(limit) · active() · count(states)
    snapshot(id, after, kinds) -> Snapshot(run, events, cursor) · events(id, after, kinds, limit) -> list[dict]
    queue_position(id) -> QueuePlace(position, queued, expected_start_s) | None
    find_finished(recipe, *, data, code) -> Run | None · artifacts(id) -> list[Artifact]
    request_cancel(id, by) -> Run · pin(id, pinned) · delete(id) -> bool · prune(before) -> list[id]
    thin(before) -> int · export(id, folder) · backup(file) · set_quota(owner, max_active, max_queued)
    guess_accuracy · guess_winner · guess_next · bind_guesses · own_guess · revealed_guesses: guesses.py

    dispatcher: claim() -> Run | None · requeue · fail_start · lose · cancel · stop_for_time
    worker: begin · append(…) -> Beat · heartbeat -> Beat · identify · finish · fail · cancel

    Raises
        RunError  SQLite on a network file system, or a database newer than this program.
    """

    def __init__(
        self,
        settings_or_url: Settings | str,
        *,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        is_url = isinstance(settings_or_url, str)
        self.url = settings_or_url if is_url else settings_or_url.db_url
        super().__init__(open_engine(self.url), clock)
        self.limits = limits or Limits()
        self.slots_set = None if is_url else settings_or_url.slots
        file = sqlite_path(self.url)
        home = settings_or_url.home if not is_url else file.parent if file else Path.cwd()
        self.artifacts_dir = home / "artifacts"
        self.wake_path = wake_path(home)
        self.dispatcher_path = dispatcher_path(home)

    @property
    def slots(self) -> int:
        """Runs at the same time: as set; else what the last dispatcher found on this machine; else 1."""
        if self.slots_set is not None:
            return self.slots_set
        try:
            return json.loads(self.dispatcher_path.read_text())["slots"]
        except (OSError, ValueError, KeyError):
            return 1

    def wake(self) -> None:
        """Tell a dispatcher that listens to look at once. Never blocks, never fails: it looks every second anyway."""
        with contextlib.suppress(OSError):  # ENXIO: nobody listens
            fd = os.open(self.wake_path, os.O_WRONLY | os.O_NONBLOCK)
            try:
                os.write(fd, b".")
            finally:
                os.close(fd)


def wake_path(home: Path) -> Path:
    """The named pipe a dispatcher sleeps on. A pipe and not a socket: a socket's path is limited to 108 bytes."""
    return home / "dispatcher.wake"


def dispatcher_path(home: Path) -> Path:
    """Where a dispatcher says who it is and how many runs it starts at a time."""
    return home / "dispatcher.json"
