"""The dispatcher: a process of its own that takes runs from the queue, starts their workers and looks after them.

Here are its loop and its end; its decisions are in supervision.py, its start from another process in starter.py. The
web process imports this; nothing here imports torch or fastai.
"""

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from sota_core.runs.dispatch import early
from sota_core.runs.dispatch.bell import Bell, signals
from sota_core.runs.dispatch.clearing import clear
from sota_core.runs.dispatch.lock import DispatcherLock
from sota_core.runs.dispatch.measuring import Measuring, cards_here
from sota_core.runs.dispatch.supervision import Supervisor
from sota_core.runs.dispatcher_files import info_path, read_info
from sota_core.runs.executors.choose import make_executor
from sota_core.runs.identity import program_version
from sota_core.runs.states import LIVE
from sota_core.runs.store.database import is_disk_full, is_out_of_order
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from sota_core.system import clock, disk_reserve
from sota_core.system.files import write_json
from sota_core.system.logs import log_to_stderr
from sota_core.system.processes import birth_of, is_alive

log = logging.getLogger(__name__)

IDLE_S = 600.0
GAVE_UP = 1  # exit code: another dispatcher is at work
LOOK_S = 1.0  # between two looks at most: whoever changes something wakes us earlier
THIN_AFTER_S = 7 * 86_400.0
_BALLAST_S, _THIN_S = 60.0, 3600.0
SERVED_BY = "SOTA_SERVED_BY"  # environment variable: which `serve` this process, and what it starts, belongs to


def run(settings: Settings, idle_timeout_s: float = IDLE_S, *, trainer: str | None = None) -> int:
    """Dispatch in this process until a signal or `idle_timeout_s` without work. Blocking. Workers outlive it.

    Returns 0 after an orderly end, GAVE_UP if another dispatcher is at work. Logs what it does to stderr.
    """
    log_to_stderr(settings, "dispatcher")
    lock = DispatcherLock.take(settings)
    if lock is None:
        log.info("another dispatcher is at work: %s", status(settings))
        return GAVE_UP
    executor, n_live = None, None
    measuring = Measuring(settings, cards_here if _has_cards(settings, trainer) else list)
    disk_reserve.release_if_full(settings.home)  # what follows needs a little room, to free more
    try:
        executor = make_executor(settings, trainer)
        with Store(settings) as store, Bell(settings.home) as bell, signals(bell) as stopping:
            supervisor = Supervisor(store, executor, settings, is_held=measuring.is_under_way)
            if settings.executor == "process" and trainer is None:
                early.start(store, settings)
            log.info("dispatcher %d at work for %s", os.getpid(), settings.home)
            while True:
                _loop(supervisor, bell, stopping, lock, idle_timeout_s, measuring)
                lock.release()
                # Somebody may have submitted while we were leaving, and found the lock still taken.
                again = None if stopping.is_set() or store.history.count(LIVE) == 0 else DispatcherLock.take(settings)
                if again is None:
                    break
                lock = again
            with contextlib.suppress(SQLAlchemyError):  # away: then it is not known
                n_live = len(store.history.active())
    finally:
        measuring.stop()
        if executor is not None:
            executor.close()
        lock.release()
    log.info("dispatcher %d ends; %s runs go on without it", os.getpid(), "?" if n_live is None else n_live)
    return 0


def _has_cards(settings: Settings, trainer: str | None) -> bool:
    """Are this machine's cards used here? Ray has its own, and a stand-in for training needs none."""
    return settings.executor == "process" and trainer is None


def _loop(
    supervisor: Supervisor,
    bell: Bell,
    stopping: threading.Event,
    lock: DispatcherLock,
    idle_timeout_s: float,
    measuring: Measuring,
) -> None:
    busy_at, told, home = time.monotonic(), supervisor.slots, supervisor.settings.home
    chores = Chores(supervisor)
    is_blind, is_known = False, False
    while not stopping.is_set():
        # A worker whose end could not be written would wake us again and again: after a failure, only the clock does.
        wakers: list[int] = []
        # Not before the loop: from here on a signal is an orderly end. On a full disk it is tried again at each look.
        is_known = is_known or _write_info(supervisor.settings, supervisor.executor.capacity())
        try:
            # A lost connection to the database server gives its lock away. We wait until the server is back and take
            # the lock again, since somebody has to look after the runs then.
            if not lock.is_held() and not lock.regain(supervisor.settings):
                return
            if supervisor.tick():
                busy_at = time.monotonic()
            else:
                measuring.start_if_due()
            chores.do_what_is_due()
            if is_known and supervisor.slots not in (None, told):  # a cluster away, or back: pages say so
                told = supervisor.slots
                write_json(info_path(home), read_info(home) | {"slots": told})
            if not supervisor.is_troubled:
                wakers = supervisor.executor.wakers()
            if is_blind:
                is_blind = False
                log.info("the runs can be looked at again")
        except Exception as bad:  # the disk full, the server away: try again, for nobody else would
            if not is_blind or not is_out_of_order(bad):
                log.exception("a look at the runs failed")
            is_blind = True
            supervisor.note_blindness()
            disk_reserve.release(home)
        if not (info_path(home) if is_known else home).exists():
            log.error("%s has gone, and the runs with it: the dispatcher ends", home)
            stopping.set()
            return
        if time.monotonic() - busy_at > idle_timeout_s:
            return
        hurry = supervisor.needs_attention_soon() or idle_timeout_s < LOOK_S
        bell.wait(wakers, LOOK_S / 4 if hurry else LOOK_S)


class Chores:
    """What is done now and then: making the disk reserve again, clearing old runs, thinning old batch events.

    `clock` is monotonic.
    """

    def __init__(self, supervisor: Supervisor, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.settings, self.store = supervisor.settings, supervisor.store
        self.ballast_at = self.thin_at = float("-inf")

    def do_what_is_due(self) -> None:
        now = self.clock()
        if now - self.ballast_at > _BALLAST_S:
            self.ballast_at = now
            disk_reserve.keep(self.settings.home, self.settings.min_free_bytes)
        if now - self.thin_at > _THIN_S:
            self.thin_at = now
            clear(self.store, self.settings)
            old = self.store.session.clock() - THIN_AFTER_S
            if clock.is_steady(self.settings.home) and (removed := self.store.log.thin(old)):
                log.info("%d batch events of old runs thinned out", removed)


def status(settings: Settings) -> dict[str, Any] | None:
    """The dispatcher at work: `pid, birth, started_at, version, slots`; None if there is none."""
    info = read_info(settings.home)
    return info if "pid" in info and is_alive(info["pid"], info.get("birth")) else None


def stop(settings: Settings, timeout_s: float = 2.0, *, served_by: str | None = None) -> bool:
    """Ask the dispatcher to end and wait for it; False if it has not ended after `timeout_s`. Runs in progress go on.

    True at once if there is none. Queued runs wait for the next one.

    served_by  end it only if this `serve`, or something that it started, has started it; any other is left alone
    """
    info = status(settings)
    if info is None or (served_by is not None and info.get("served_by") != served_by):
        return True
    with contextlib.suppress(ProcessLookupError):
        os.kill(info["pid"], signal.SIGTERM)
    deadline = time.monotonic() + timeout_s
    while is_alive(info["pid"], info["birth"]):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _write_info(settings: Settings, slots: int) -> bool:
    """Say who is at work. False if there is no room for it; whatever lay aside for that is given up then."""
    info = {
        "pid": os.getpid(),
        "birth": birth_of(os.getpid()),
        "started_at": time.time(),
        "version": program_version(),
        "slots": slots,
        "served_by": os.environ.get(SERVED_BY),
    }
    try:
        write_json(info_path(settings.home), info)
    except OSError as bad:
        if is_disk_full(bad):
            disk_reserve.release(settings.home)
            return False
        raise
    return True
