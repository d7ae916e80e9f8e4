"""How pages and the command line make sure that a dispatcher is at work."""

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from sota_core.runs.dispatch.dispatcher import status, stop
from sota_core.runs.dispatch.lock import is_taken_elsewhere, take_file
from sota_core.runs.identity import program_version
from sota_core.settings import Settings
from sota_core.system import engine
from sota_core.system.environment import child_environment, log_folder
from sota_core.system.processes import began_before, birth_of, start_detached

log = logging.getLogger(__name__)

AGAIN_S = 30.0
REPLACE_S = 10.0
COMMAND = (sys.executable, "-m", "sota_core", "dispatch")


class Starter:
    """Starts dispatchers for one home. A process that asks more than once keeps one; threads may share it.

    started     dispatchers it has started, kept so that their ends are noticed and no zombie is left
    not_before  when the next one may be started, on the monotonic `clock`
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings, self.clock = settings, clock
        self.started: list[subprocess.Popen] = []
        self.not_before = float("-inf")
        self._replacing = threading.Lock()

    def ensure_running(self) -> None:
        """Start a dispatcher in a session of its own unless there is one. Does not wait for it: 1 ms if one runs here.

        It outlives the caller, ends by itself when idle for ten minutes, and writes SOTA_HOME/logs/dispatcher.log. A
        page that shows a live run calls this at every update: without a dispatcher, nobody notices that a worker is
        dead.

        If another machine's dispatcher is at work on the same database, or the database is away (asking one that does
        not answer takes 10 s), none is started, and the next look is after AGAIN_S; until then, runs wait. The same
        holds after one that failed or could not be started (no memory, a home that cannot be written). After one that
        was killed, the next starts at once. One that an earlier version of the code has left at work is ended first,
        which takes up to REPLACE_S once; its workers go on. Without the packages for training none is started: it
        would keep one out that can train.
        """
        if self.settings.executor == "process" and engine.missing():
            return
        for process in self.started[:]:
            if process.poll() is not None:
                with contextlib.suppress(ValueError):  # another visitor's thread has removed it already
                    self.started.remove(process)
                if process.returncode > 0:
                    self._wait()
        if self.clock() < self.not_before:
            return
        self._end_an_earlier_version()
        try:
            self._start()
        except OSError as bad:
            log.error("no dispatcher could be started for %s: %s", self.settings.home, bad)
            self._wait()

    def _wait(self) -> None:
        self.not_before = self.clock() + AGAIN_S

    def _start(self) -> None:
        if (fd := take_file(self.settings)) is None:
            return
        try:
            if is_taken_elsewhere(self.settings):  # asked here: one that finds out and ends costs a second of a core
                self._wait()
                return
            # The open, locked file is passed on as stdin: so the child holds the lock from its first moment.
            file, env = log_folder(self.settings) / "dispatcher.log", child_environment(self.settings)
            self.started.append(start_detached(COMMAND, file, env, stdin=fd))
        finally:
            os.close(fd)

    def _end_an_earlier_version(self) -> None:
        """End this machine's dispatcher if it has loaded other code than this process and began before it.

        One that began later is left alone: two checkouts that share a home would end each other's for ever.
        """
        found, me = status(self.settings), birth_of(os.getpid())
        if found is None or me is None or found.get("version") == program_version():
            return
        if not began_before(found["birth"], me) or not self._replacing.acquire(blocking=False):
            return  # younger; or another visitor's thread is at it
        try:
            log.info("dispatcher %d is of another version: it ends, and one of this version follows", found["pid"])
            if not stop(self.settings, REPLACE_S):
                self._wait()
        except PermissionError as bad:
            log.error("dispatcher %d is of another version, and another user's: %s", found["pid"], bad)
            self._wait()
        finally:
            self._replacing.release()
