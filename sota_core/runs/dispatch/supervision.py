"""One look at all runs under way and at the queue: a dispatcher's decisions, without its process and loop.

It decides by what the store and the executor say. Every decision is a guarded transition: deciding twice is harmless.
"""

import logging
import shutil
import signal
import time
from collections.abc import Callable

from sota_core.later import later
from sota_core.runs.dispatch.troubles import GIVE_UP_S, Troubles
from sota_core.runs.executors.executor import Executor, Status
from sota_core.runs.run import Attempt, Run
from sota_core.runs.states import LIVE, State
from sota_core.runs.store.store import Store
from sota_core.runs.worker import worker
from sota_core.runs.worker.sink import LEASE_S
from sota_core.settings import Settings
from sota_core.system.environment import log_path, tail
from sota_core.system.files import discard
from sota_core.system.processes import host_name

log = logging.getLogger(__name__)

# A worker hears of a stop within a second and ends after its batch. If it has not ended after this long, it gets
# SIGTERM, then SIGKILL: ten seconds in all.
TERM_AFTER_S, KILL_AFTER_S = 5.0, 8.0
# A worker says that it has begun before it imports anything. The server it is forked from first imports fastai: some
# 6 s, a minute on a very busy machine. A worker that has not begun after this long never will, and it holds a slot.
BEGIN_WITHIN_S = 600.0


class Supervisor:
    """Looks after runs.

    is_held  says whether to start no run for now (measuring.py)
    clock    is monotonic: no lease and no time limit may run out while a laptop is suspended
    """

    def __init__(
        self,
        store: Store,
        executor: Executor,
        settings: Settings,
        *,
        host: str | None = None,
        is_held: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store, self.executor, self.settings, self.clock = store, executor, settings, clock
        self.is_held = is_held
        self.host = host or host_name()
        self.first_seen: dict[Attempt, float] = {}
        self.asked_at: dict[Attempt, float] = {}
        self.starts: dict[Attempt, float] = {}
        self.beats: dict[Attempt, tuple[float | None, float]] = {}
        self.troubles = Troubles(clock)
        self.is_short_of_disk = False
        self.seen_at = clock()  # the last look that went well
        self.blind_since: float | None = None
        self.slots: int | None = None  # as last found; None: not needed so far

    def tick(self) -> bool:
        """Look once at everything. Returns whether any run is under way or waiting.

        If looking at a run fails, that is logged and the others go on; after GIVE_UP_S of failures it is given up.
        """
        active = self.store.history.active()
        self._see_again()
        for run in active:
            with self.troubles.apart(run):
                self.look_after(run)
            if bad := self.troubles.hopeless(run):
                with self.troubles.apart(run):
                    self._give_up(run, bad)
        self._forget_all_but({run.attempt_key for run in active})
        self._start_what_fits()
        return self.store.history.count(LIVE) > 0

    def look_after(self, run: Run) -> None:
        is_elsewhere = run.host not in (None, self.host)
        if is_elsewhere and (run.self_started or not self.executor.is_everywhere):
            self._check_lease(run)
            return
        status = self.executor.poll(run)
        if status.is_alive:
            self._hurry(run)
            self._see_it_begin(run, status)
            if is_elsewhere:
                self._check_lease(run)
        else:
            self.bury(run, status)

    def note_blindness(self) -> None:
        """A look failed: the store is away, so no signs of life can be seen. That time counts against no lease."""
        if self.blind_since is None:
            self.blind_since = self.seen_at

    def _see_again(self) -> None:
        self.seen_at = self.clock()
        if self.blind_since is not None:
            blind_s, self.blind_since = self.seen_at - self.blind_since, None
            self.beats = {key: (beat, since + blind_s) for key, (beat, since) in self.beats.items()}
            self.starts = {key: since + blind_s for key, since in self.starts.items()}

    def needs_attention_soon(self) -> bool:
        """Is a stop under way, so that the signals that follow it must not be late?"""
        return bool(self.asked_at)

    @property
    def is_troubled(self) -> bool:
        """Did the last look fail for some run?"""
        return bool(self.troubles.known)

    def _give_up(self, run: Run, bad: str) -> None:
        """End a run that cannot be looked after, so that its slot is free. Its worker, if it lives, will notice."""
        message = later("the dispatcher could not check on the run for {n} s: {bad}", n=round(GIVE_UP_S), bad=bad)
        if not run.self_started and (run.host in (None, self.host) or self.executor.is_everywhere):
            try:
                self.executor.kill(run, force=True)
            except Exception:  # what keeps us from looking at it may keep us from killing it
                log.warning("could not be killed", exc_info=True)
        self._end_unseen(run, "unwatched", message)

    def _check_lease(self, run: Run) -> None:
        """Give up a worker on another machine that has been silent for LEASE_S, measured by our own clock."""
        key, now = run.attempt_key, self.clock()
        beat, since = self.beats.get(key, (None, now))
        if key not in self.beats or beat != run.heartbeat_at:
            self.beats[key] = (run.heartbeat_at, now)
        elif now - since > LEASE_S:
            message = later("nothing heard from {host} for {n} s", host=run.host or "", n=round(now - since))
            self._end_unseen(run, "lease", message)

    def _end_unseen(self, run: Run, reason: str, message: str) -> None:
        """End a run of whose process nothing is known."""
        if run.cancel_requested:
            self._cancel(run, message)
        elif run.state is State.STARTING:
            self._restart(run, Status(False), message)
        else:
            self._lose(run, reason, message)

    def _cancel(self, run: Run, message: str) -> None:
        reason = "time_limit" if run.cancel_by == "time_limit" else "stopped_hard"
        reason = "stopped" if run.state is State.STARTING else reason
        self._say(self.store.transitions.cancel(run.id, run.attempt, reason=reason), f"cancelled, {message}")

    def _hurry(self, run: Run) -> None:
        """Enforce a stop that was asked for, and a time limit that the worker has not kept itself (sink.py)."""
        key, now = run.attempt_key, self.clock()
        is_limited = run.state is State.RUNNING and not run.self_started
        if is_limited and now - self.first_seen.setdefault(key, now) > run.time_limit_s:
            self.store.transitions.stop_for_time(run.id, run.attempt)
        if not run.cancel_requested:
            return
        if run.state is State.STARTING:
            # It has not begun, and once cancelled it cannot begin, whatever its process does: no need to wait.
            self._say(self.store.transitions.cancel(run.id, run.attempt), "cancelled before it began")
            if not run.self_started:
                self.executor.kill(run, force=False)  # one that hangs would stay, and nobody looks at it any more
            return
        waited = now - self.asked_at.setdefault(key, now)
        if waited > TERM_AFTER_S:
            log.info("does not stop: %s", "SIGKILL" if waited > KILL_AFTER_S else "SIGTERM")
            self.executor.kill(run, force=waited > KILL_AFTER_S)

    def _see_it_begin(self, run: Run, status: Status) -> None:
        """End a start that hangs; but not a run of `train`, which holds no slot, and whose user sees it."""
        if run.state is not State.STARTING or run.self_started or run.cancel_requested:
            return
        key, now = run.attempt_key, self.clock()
        if status.waits:
            self.starts[key] = now
        elif now - self.starts.setdefault(key, now) > BEGIN_WITHIN_S:
            self.executor.kill(run, force=True)
            text = later("the run had not begun after {n} minutes, and was ended", n=round(BEGIN_WITHIN_S / 60))
            self._restart(run, Status(False), text)

    def bury(self, run: Run, status: Status) -> None:
        """End a run whose process is gone, in the state that fits. Its row is read again, now that nobody writes it."""
        run_now = self.store.history.get(run.id)
        if run_now.is_terminal or run_now.attempt != run.attempt:
            return
        if status.code is None and run_now.pid != run.pid:
            return  # it began between the two readings: what was polled was not its process
        run = run_now
        message = describe(status)
        discard(self.store.artifacts_dir / f".{run.id}-{run.attempt}", ignore_errors=True)
        if not run.summary:  # files it had placed, but not yet recorded: nobody would ever count them
            discard(self.store.artifacts_dir / run.id, ignore_errors=True)
        if run.cancel_requested:
            self._cancel(run, message)
        elif run.state is State.STARTING:
            self._restart(run, status, message)
        elif run.summary:
            self._finish(run, message)
        elif status.code is not None and status.code >= 0:
            text = tail(log_path(self.settings, run.id, run.attempt))
            full = status.code == worker.UNSETTLED and self._free_bytes() < self.settings.min_free_bytes
            reason = "disk_full" if full else "error"
            self._say(self.store.transitions.fail(run.id, run.attempt, reason, message, text), f"failed, {message}")
        else:
            self._lose(run, "gone" if status.code is None else "killed", message)

    def _lose(self, run: Run, reason: str, message: str) -> None:
        """running → lost; but finished if its results were kept, and cancelled if a stop had been asked for."""
        if self.store.transitions.lose(run.id, run.attempt, reason, message):
            log.info("lost, %s", message)
        elif not self._finish(run, message):
            self._cancel(run, message)

    def _finish(self, run: Run, message: str) -> bool:
        text = later("the export was cut off: {why}", why=message)
        was_taken = self.store.transitions.finish_after(run.id, run.attempt, text)
        self._say(was_taken, f"finished, {text}")
        return was_taken

    def _restart(self, run: Run, status: Status, message: str) -> None:
        """It vanished before it ran: queue it again, unless it has no attempts left or ended with an exit code."""
        code = status.code if status.code is not None and status.code >= 0 else None
        if code is None and self.store.transitions.requeue(run.id, run.attempt):
            log.info("back in the queue, %s", message)
            return
        more = tail(log_path(self.settings, run.id, run.attempt))
        text = later("{what}\n{log}", what=message, log=more) if more else message
        was_taken = self.store.transitions.fail_start(run.id, run.attempt, exit_code=code, message=text)
        self._say(was_taken, f"failed, {message}")

    def _start_what_fits(self) -> None:
        if not self.store.history.count([State.QUEUED]) or self.is_held() or not self._has_disk():
            return
        here = (None, self.host)
        mine = [
            r
            for r in self.store.history.active()
            if not r.self_started and (r.host in here or self.executor.is_everywhere)
        ]
        self.slots = self.executor.capacity()
        free = self.slots - len(mine)
        for _ in range(free):
            run = self.store.queue.claim()
            if run is None:
                return
            with self.troubles.apart(run):
                log.info("starting")
                self._launch(run)

    def _launch(self, run: Run) -> None:
        try:
            self.executor.launch(run)
        except OSError as bad:  # no process can be started: too many, no memory
            self._restart(run, Status(False), str(bad))
        except Exception as bad:
            log.exception("could not be launched")
            self._restart(
                run, Status(False), later("it could not be launched: {bad}", bad=f"{type(bad).__name__}: {bad}")
            )

    def _has_disk(self) -> bool:
        was_short, free = self.is_short_of_disk, self._free_bytes()
        self.is_short_of_disk = free < self.settings.min_free_bytes
        if self.is_short_of_disk and not was_short:
            log.warning("only %d MB of disk are free: no run is started", free // 2**20)
        return not self.is_short_of_disk

    def _free_bytes(self) -> int:
        return shutil.disk_usage(self.settings.home).free

    def _forget_all_but(self, active: set[Attempt]) -> None:
        for known in (self.first_seen, self.asked_at, self.starts, self.beats, self.troubles.known):
            for key in known.keys() - active:
                del known[key]

    def _say(self, was_taken: bool, what: str) -> None:
        if was_taken:
            log.info("%s", what)


def describe(status: Status) -> str:
    """How a process ended, in words."""
    if status.code is None:
        return later("its process is gone; how it ended is not known")
    if status.code < 0:
        return later("its process was ended by {signal}", signal=_signal_name(-status.code))
    return later("its process ended with exit code {code} without saying more", code=str(status.code))


def _signal_name(number: int) -> str:
    """
    >>> _signal_name(9), _signal_name(40)
    ('SIGKILL', 'signal 40')
    """
    try:
        return signal.Signals(number).name
    except ValueError:  # most real-time signals have none
        return later("signal {n}", n=str(number))
