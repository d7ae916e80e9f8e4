"""One process per worker on this machine, each leading a session and a process group of its own.

Workers are forked from a server that has fastai preloaded; if that fails, they are started from scratch with the worker
command.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
from dataclasses import dataclass

from sota_core.runs.executors.executor import Status
from sota_core.runs.executors.slots import Slots
from sota_core.runs.run import Attempt, Run
from sota_core.settings import Settings
from sota_core.system import json_lines
from sota_core.system.environment import child_environment, log_path, worker_command
from sota_core.system.logs import about
from sota_core.system.processes import birth_of, is_alive, kill_leftovers, open_pidfd, signal_group, start_detached

log = logging.getLogger(__name__)

_MOST_SERVERS = 5
_MOST_REMEMBERED = 1_000


@dataclass(slots=True)
class _Child:
    """A worker as this executor knows it: asked for (no pid yet), alive, or ended.

    gpu      the card it was given, if there are several
    watched  True: we are told when it ends (by the fork server, a Popen); False: we check its pid and birth
    """

    pid: int | None = None
    birth: str | None = None
    code: int | None = None
    has_ended: bool = False
    watched: bool = False
    gpu: str | None = None
    popen: subprocess.Popen | None = None
    pidfd: int | None = None


class ProcessExecutor:
    """Workers as processes. `trainer` ('module:function') stands in for training in tests."""

    is_everywhere = False

    def __init__(self, settings: Settings, trainer: str | None = None) -> None:
        self.settings, self.trainer = settings, trainer
        self.children: dict[Attempt, _Child] = {}
        self.server: subprocess.Popen | None = None
        self.is_preloaded: bool | None = None  # None: not known yet
        self._n_starts = 0
        self._start_server()
        self.slots = Slots(settings)  # while the server imports
        self._has_adopted = False

    def capacity(self) -> int:
        if self._has_adopted and all(child.has_ended for child in self.children.values()):
            self._has_adopted = False  # the card memory that the adopted workers held when we started is free now
            self.slots.look_again()
        return self.slots.count

    def launch(self, run: Run) -> None:
        key = run.attempt_key
        if key in self.children:
            return
        if len(self.children) > _MOST_REMEMBERED:
            self.children = {k: c for k, c in self.children.items() if not c.has_ended}
        share = self.slots.environment(child.gpu for child in self.children.values() if not child.has_ended)
        self.children[key] = child = _Child(watched=True, gpu=share.get("CUDA_VISIBLE_DEVICES"))
        self._note_card(run, child.gpu)
        try:
            self._start(run, child, share)
        except BaseException:
            del self.children[key]  # it was never started: it must not count as one that is about to
            raise

    def _start(self, run: Run, child: _Child, share: dict[str, str]) -> None:
        file = log_path(self.settings, run.id, run.attempt)
        if self.server is not None and self.is_preloaded is not False:
            request = {"run": run.id, "attempt": run.attempt, "log": str(file), "env": share}
            assert self.server.stdin is not None
            try:
                json_lines.write(self.server.stdin.fileno(), request)
                return
            except OSError as bad:
                log.warning("the fork server is gone (%s)", bad)
                self._replace_server()
        self._start_alone(run, child, share)

    def poll(self, run: Run) -> Status:
        self._read_replies()
        child = self.children.get(run.attempt_key)
        if child is None or (not child.watched and run.pid is not None and child.pid != run.pid):
            child = self.children[run.attempt_key] = self._adopt(run)
        self._look_at(child)
        return Status(not child.has_ended, child.code)

    def _look_at(self, child: _Child) -> None:
        if child.popen is not None and not child.has_ended and (code := child.popen.poll()) is not None:
            self._end(child, code)
        if not child.watched and not child.has_ended and not is_alive(child.pid, child.birth):
            self._end(child, None)

    def kill(self, run: Run, *, force: bool) -> None:
        self.poll(run)  # learns its pid, or its end: a dead worker's pid may be another process's
        child = self.children[run.attempt_key]
        if child.pid is not None and not child.has_ended:
            signal_group(child.pid, signal.SIGKILL if force else signal.SIGTERM)
        elif force and not child.has_ended and self.server is not None:
            log.warning("the fork server has not answered, and is replaced")  # until it answers, no worker can start
            self._replace_server()

    def wakers(self) -> list[int]:
        # Runs that have ended, or were never launched, are not polled. What the fork server or their workers still have
        # to say must be read here, or it would wake the dispatcher again and again.
        self._read_replies()
        for child in self.children.values():
            if child.pidfd is not None:
                self._look_at(child)
        fds = [child.pidfd for child in self.children.values() if child.pidfd is not None]
        if self.server is not None and self.server.stdout is not None:
            fds.append(self.server.stdout.fileno())
        return fds

    def close(self) -> None:
        """End the fork server; workers go on, and another executor finds them by pid and birth."""
        self._lose_server()
        for child in self.children.values():
            self._close_pidfd(child)
            if child.popen is not None and child.popen.returncode is None:
                child.popen.returncode = 0  # no longer ours: keeps Popen from warning that it still runs

    def _adopt(self, run: Run) -> _Child:
        child = _Child(pid=run.pid, birth=run.birth, gpu=self._noted_card(run))
        self._has_adopted = True
        if run.pid is not None:
            child.pidfd = open_pidfd(run.pid)  # if the pid is another's by now, its birth will say so
        return child

    def _note_card(self, run: Run, gpu: str | None) -> None:
        """Write a worker's card beside its log, to tell another dispatcher that finds the worker: the card is taken."""
        if gpu is not None:
            with contextlib.suppress(OSError):  # then only the next dispatcher does not know
                log_path(self.settings, run.id, run.attempt).with_suffix(".card").write_text(gpu)

    def _noted_card(self, run: Run) -> str | None:
        try:
            return log_path(self.settings, run.id, run.attempt).with_suffix(".card").read_text() or None
        except (OSError, UnicodeDecodeError):
            return None

    def _start_server(self) -> None:
        self._n_starts += 1
        command = [
            sys.executable,
            "-m",
            "sota_core.runs.executors.forkserver",
            *([self.trainer] if self.trainer else []),
        ]
        # BLAS starts its threads on import, and threads do not survive a fork; torch starts its own later.
        environment = child_environment(self.settings) | {"OPENBLAS_NUM_THREADS": "1"}
        # Asking for a GPU while importing must not make a CUDA context: with this, torch asks NVML instead.
        environment["PYTORCH_NVML_BASED_CUDA_CHECK"] = "1"
        self.server = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # Ctrl-C in a terminal is for the dispatcher alone
        )
        assert self.server.stdout is not None
        self._replies = json_lines.Reader(self.server.stdout.fileno())

    @about(None)  # what is logged here is about the server, not about the run that is being looked at
    def _read_replies(self) -> None:
        while self.server is not None:
            while (reply := self._replies.next()) is not None:
                try:
                    self._take(reply)
                except Exception:  # it concerns one worker; the next one may be about another
                    log.exception("a reply of the fork server could not be used: %.200r", reply)
            if not self._replies.is_over:
                return
            log.warning("the fork server has ended")
            self._replace_server()

    def _take(self, reply: dict) -> None:
        if "ready" in reply:
            self.is_preloaded = reply["preloaded"]
            if self.is_preloaded:
                log.info("fork server ready, fastai preloaded in %s s", reply["seconds"])
            else:
                log.error("preloading failed, workers are started from scratch:\n%s", reply["error"])
        elif "launched" in reply:
            child = self.children.get(Attempt(*reply["launched"]))
            if child is not None:
                child.pid = reply["pid"]
                child.birth = birth_of(reply["pid"])
        elif "ended" in reply:
            child = self.children.get(Attempt(*reply["ended"]))
            if child is not None:
                self._end(child, reply["code"])

    def _replace_server(self) -> None:
        """Start another fork server; do without one if the last ended before it was ready, or they keep ending."""
        was_ready = self.is_preloaded
        self._lose_server()
        if was_ready and self._n_starts < _MOST_SERVERS:
            self.is_preloaded = None
            self._start_server()
        else:
            log.error("the fork server does not work here, workers are started from scratch")
            self.is_preloaded = False

    def _lose_server(self) -> None:
        server, self.server = self.server, None
        if server is None:
            return
        for pipe in (server.stdin, server.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        if self.is_preloaded is None:
            server.kill()  # while it imports it would not notice that its stdin has ended
        try:
            server.wait(timeout=2)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        for child in self.children.values():
            if child.popen is None and not child.has_ended:
                child.watched = False  # from now on we check pid and birth; one without a pid was never forked
                child.pidfd = open_pidfd(child.pid) if child.pid is not None else None

    def _start_alone(self, run: Run, child: _Child, share: dict[str, str]) -> None:
        command = worker_command(run.id, run.attempt, self.trainer)
        log_file = log_path(self.settings, run.id, run.attempt)
        child.popen = start_detached(command, log_file, child_environment(self.settings) | share)
        child.pid, child.birth = child.popen.pid, birth_of(child.popen.pid)
        child.pidfd = open_pidfd(child.popen.pid)

    def _end(self, child: _Child, code: int | None) -> None:
        child.has_ended, child.code = True, code
        self._close_pidfd(child)
        if child.pid is not None:
            kill_leftovers(child.pid)

    def _close_pidfd(self, child: _Child) -> None:
        if child.pidfd is not None:
            os.close(child.pidfd)
            child.pidfd = None
