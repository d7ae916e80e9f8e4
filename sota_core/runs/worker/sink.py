"""Where a worker's events go: they are numbered, stamped, collected, and written to the store by a thread of their own.

So training never waits for the database and meets none of its errors; it only asks `should_stop`.
"""

import _thread
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy.exc import SQLAlchemyError

from sota_core.runs.store.database import is_disk_full
from sota_core.runs.store.eventlog import Beat
from sota_core.runs.store.store import Store
from sota_core.system import disk_reserve
from sota_core.system.logs import about
from sota_core.train.events import BATCH_EVENTS_PER_S, Event

log = logging.getLogger(__name__)

FLUSH_S = 0.5  # ordinary events wait this long to be written together
MIN_GAP_S = 0.25  # between two writes: never more than four a second
BEAT_S = 1.0  # a sign of life at least this often
LEASE_S = 30.0  # a worker on another machine that has not been heard of for longer counts as lost
# A worker of a cluster that cannot reach the store ends by itself after this long. If it alone is cut off, it counts as
# lost by then; if the store is away for everybody, there has been time to mend it.
AWAY_S = 600.0
BURST = 20.0  # batch events that may come at once after a pause
MOST_PENDING = 20_000  # events held while the database cannot be written
_RATE_WINDOW_S = 30.0  # the time left is estimated from the pace of the last half minute: phases differ
_RATE_LEAST_S = 2.0  # no estimate from less: some of the first batches are slow, and would foretell far too much

# Events that people want to see the moment they happen; all others may wait for FLUSH_S.
_URGENT = frozenset({"started", "first_batch", "epoch", "tta_pass"})


class Sink:
    """Takes events from training and tells training when to stop. Use as a context manager around training.

    listener  is called with every completed event, in the thread that emits it (progress bar, --jsonl)
    home      where the disk reserve lies that is given up when the disk is full; None: there is none
    leased    True: if no sign of life has reached the store for AWAY_S, others count us as lost, so stop
    limit_s   seconds after which the run is asked to stop, by this process's own monotonic clock: dispatchers come and
              go, clocks of several machines differ, and a laptop may sleep
    """

    def __init__(
        self,
        store: Store,
        run_id: str,
        attempt: int,
        *,
        listener: Callable[[Event], None] | None = None,
        home: Path | None = None,
        leased: bool = False,
        limit_s: float = math.inf,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store, self.run_id, self.attempt = store, run_id, attempt
        self.listener, self.home, self.leased, self.clock = listener, home, leased, clock
        self.limit_s, self._began_at = limit_s, time.monotonic()
        self.is_stale = False  # another attempt has taken over, or the run has ended without us
        self.is_interrupted = False  # Ctrl-C in this very process
        self.n_dropped = 0
        self.cpu_s = 0.0  # CPU time that the sink has taken, for its budget
        self.is_impatient = False
        self._stop = False
        self._seq = 0
        self._pictures: str | None = None  # their fingerprint, until the store has it
        self._tokens, self._tokens_at = BURST, time.monotonic()
        self._pending: list[Event] = []
        self._progress: dict[str, Any] = {}
        self._pace: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._written_at = self._tried_at = time.monotonic()
        self._thread = threading.Thread(target=self._loop_of_the_run, name="telemetry", daemon=True)

    def __enter__(self) -> "Sink":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        self._wake.set()
        self._thread.join()

    def should_stop(self) -> bool:
        """True once somebody has asked for a stop, or the run is no longer this worker's."""
        return self._stop or self.is_stale or self.is_interrupted

    @contextmanager
    def impatient(self) -> Iterator[None]:
        """Around work that cannot ask `should_stop`: there, a wish to stop raises a KeyboardInterrupt.

        This works in a process's main thread, if Python handles SIGINT; elsewhere the work is done first.
        """
        self.is_impatient = True
        try:
            if self.should_stop():
                raise KeyboardInterrupt
            yield
        finally:
            self.is_impatient = False

    @property
    def unwritten(self) -> list[Event]:
        """Events that could not be written; [] after an orderly end."""
        with self._lock:
            return list(self._pending)

    def emit(self, event: Event) -> None:
        """Take one event. Never blocks and never raises; batch events beyond ten a second are dropped."""
        began = time.perf_counter()
        now = time.monotonic()
        with self._lock:
            if event["kind"] == "batch" and not self._may_pass(event, now):
                return
            self._seq += 1
            stamp = {"run": self.run_id, "attempt": self.attempt, "seq": self._seq, "t": self.clock()}
            full = cast(Event, {**event, **stamp})
            if full["kind"] == "started":
                self._pictures = full.pop("data", None)  # it belongs in the run's row, where find_finished looks
            self._pending.append(full)
            if event["kind"] == "batch":
                self._note_progress(event, now)
            is_first = self._seq == 1 or event.get("step") == 1
        if is_first or event["kind"] in _URGENT:
            self._wake.set()
        self.cpu_s += time.perf_counter() - began
        self._tell(full)

    def _tell(self, event: Event) -> None:
        if self.listener is None:
            return
        try:
            self.listener(event)
        except Exception:  # a closed pipe behind --jsonl is no reason to lose a run
            log.warning("the listener failed and is left out from now on", exc_info=True)
            self.listener = None

    def _may_pass(self, event: Event, now: float) -> bool:
        self._tokens = min(BURST, self._tokens + (now - self._tokens_at) * BATCH_EVENTS_PER_S)
        self._tokens_at = now
        if self._tokens < 1.0 and event.get("step") != event.get("total_steps"):
            return False
        self._tokens -= 1.0
        return True

    def _note_progress(self, event: Event, now: float) -> None:
        step, total = event.get("step"), event.get("total_steps")
        if step is None or not total:
            return
        self._pace.append((now, step))
        while now - self._pace[0][0] > _RATE_WINDOW_S and len(self._pace) > 2:
            self._pace.popleft()
        then, first = self._pace[0]
        is_told = step > first and now - then >= _RATE_LEAST_S
        eta_s = (total - step) * (now - then) / (step - first) if is_told else None
        self._progress = {"step": step, "total": total, "eta_s": eta_s}

    def _loop(self) -> None:
        while not self._closing:
            self._wake.wait(FLUSH_S)
            self._wake.clear()
            gap = MIN_GAP_S - (time.monotonic() - self._tried_at)
            if gap > 0 and not self._closing:
                time.sleep(gap)
            if self._pending or time.monotonic() - self._tried_at >= BEAT_S - FLUSH_S / 2:
                self._write()
        self._write()

    def _loop_of_the_run(self) -> None:
        with about(self.run_id, self.attempt):
            self._loop()

    def _write(self) -> None:
        with self._lock:
            events, self._pending = self._pending, []
            progress = dict(self._progress)
        began = time.thread_time()
        self._tried_at = time.monotonic()
        try:
            if self._pictures is not None:
                self.store.log.identify(self.run_id, self.attempt, data=self._pictures)
                self._pictures = None
            if not self._stop and time.monotonic() - self._began_at > self.limit_s:
                self.store.transitions.stop_for_time(self.run_id, self.attempt)  # the answer below says so
            beat = self.store.log.append(self.run_id, self.attempt, events, **progress)
        except (SQLAlchemyError, OSError) as bad:
            self._keep_for_later(events, bad)
            return
        except Exception:  # unforeseen, and perhaps again at every try: the run's signs of life must go on
            log.exception("%d events are lost", len(events))
            self.n_dropped += len(events)
            self._pictures = None
            return
        finally:
            self.cpu_s += time.thread_time() - began
        self._written_at = time.monotonic()
        self._stop = self._stop or beat is Beat.STOP
        self.is_stale = self.is_stale or beat is Beat.STALE
        if self.is_impatient and beat is not Beat.GO:
            _thread.interrupt_main()

    def _keep_for_later(self, events: list[Event], bad: Exception) -> None:
        full = is_disk_full(bad)
        if full and self.home is not None:
            disk_reserve.release(self.home)
        with self._lock:
            pending = events + self._pending
            if full or len(pending) > MOST_PENDING:
                kept: list[Event] = [event for event in pending if event["kind"] != "batch"]
                self.n_dropped += len(pending) - len(kept)
                pending = kept
            self._pending = pending
        log.warning("events could not be written (%s); %d are kept and tried again", bad, len(pending))
        if self.leased and time.monotonic() - self._written_at > AWAY_S:
            self.is_stale = True
