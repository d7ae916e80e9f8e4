"""One attempt of one run, from `starting` to its end: what `python -m sota_core worker RUN ATTEMPT` does.

This module brings a run to its end in every case. How to train is in `sota_core.train.fit`, imported only when a run
begins.
"""

import importlib
import logging
import math
import os
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from sota_core.errors import DataError, DiskFullError, GpuMemoryError, SotaError
from sota_core.later import first_line, later
from sota_core.runs.identity import code_version
from sota_core.runs.run import Artifact, Run
from sota_core.runs.states import State
from sota_core.runs.store.database import is_disk_full
from sota_core.runs.store.store import Store
from sota_core.runs.worker.interrupts import Interrupts
from sota_core.runs.worker.publish import add, publish, work_folder
from sota_core.runs.worker.sink import Sink
from sota_core.settings import Settings
from sota_core.system import disk_reserve
from sota_core.system.files import discard
from sota_core.system.gpu_memory import is_out_of_memory
from sota_core.system.logs import about
from sota_core.system.processes import birth_of, host_name
from sota_core.train.events import Event, read
from sota_core.train.events import log as log_event
from sota_core.train.summary import Outcome, Summary

log = logging.getLogger(__name__)

# What trains: `sota_core.train.fit.run_recipe`, or a stand-in for it, which can also be named as 'module:function'.
Trainer = Callable[..., Outcome]

# Exit codes of a worker. 75 tells the dispatcher that the end could not be written down.
FINISHED, FAILED, CANCELLED, UNSETTLED = 0, 1, 130, 75

_SETTLE_S = 60.0  # how long we try to write the end of a run before we leave it to the dispatcher to find it


def main(
    run_id: str,
    attempt: int,
    settings: Settings,
    *,
    listener: Callable[[Event], None] | None = None,
    trainer: Trainer | str | None = None,
    interrupts: Interrupts | None = None,
) -> int:
    """Train one attempt of a run in this process. Blocking; returns the exit code: 0 finished, 1 failed, 130 cancelled.

    When it returns, the run is in a terminal state, with two exceptions. If the attempt is no longer the run's (another
    one has taken over, or the run has ended), nothing is touched and 1 is returned; if the store could not be written
    for a minute, 75 is returned. If the process is killed, the dispatcher, or the next `runs` command, ends the run.

    listener    is called with every completed event, `ended` included, in the order they happen
    trainer     instead of `sota_core.train.fit.run_recipe`; for tests
    interrupts  entered by the caller, to handle more signals than Ctrl-C; a signal that came earlier still counts
    """
    if interrupts is None:
        with Interrupts() as interrupts:
            return main(run_id, attempt, settings, listener=listener, trainer=trainer, interrupts=interrupts)
    with about(run_id, attempt), _patiently(settings, lambda: Store(settings)) as store:
        # The code is ours, not the submitter's: after an upgrade an earlier dispatcher may have started us.
        me = {"pid": os.getpid(), "birth": birth_of(os.getpid()), "host": host_name(), "code": code_version()}
        try:
            if interrupts.is_asked:  # it need not begin
                _patiently(settings, lambda: store.transitions.request_cancel(run_id))
            if _patiently(settings, lambda: store.transitions.begin(run_id, attempt, **me)):
                run = _patiently(settings, lambda: store.history.get(run_id))
                return _Attempt(store, run, settings, listener, trainer, interrupts).run_to_the_end()
            if _patiently(settings, lambda: store.transitions.cancel(run_id, attempt)):
                _tell_end(store, settings, run_id, listener)
                return CANCELLED
        except (SQLAlchemyError, OSError):
            log.exception("the store cannot be written")
            return UNSETTLED
        log.warning("no longer mine, nothing to do")
        return FAILED


class _Attempt:
    """An attempt that has begun."""

    def __init__(
        self,
        store: Store,
        run: Run,
        settings: Settings,
        listener: Callable[[Event], None] | None,
        trainer: Trainer | str | None,
        interrupts: Interrupts,
    ) -> None:
        self.store, self.run, self.settings, self.listener, self.trainer = store, run, settings, listener, trainer
        self.interrupts = interrupts
        self.sink = Sink(
            store,
            run.id,
            run.attempt,
            listener=listener,
            home=settings.home,
            # A dispatcher on this machine looks at our process, not at the age of our signs of life: a laptop may
            # sleep, and a database may be away. If another machine's dispatcher has given us up, the store tells us.
            leased=settings.executor == "ray",
            limit_s=math.inf if run.self_started else run.time_limit_s,  # the person at the terminal stops it
        )
        interrupts.ask(self.sink)

    def run_to_the_end(self) -> int:
        folder = work_folder(self.store.artifacts_dir, self.run.id, self.run.attempt)
        outcome, files, failure = None, [], None
        try:
            with self.sink:
                outcome = self._train(folder)
                if not self.sink.is_stale:
                    files = publish(outcome.artifacts, folder, self.store.artifacts_dir, self.run.id)
                    self._share(files)
                    exported = self._export(outcome, files)
                    self._share(exported)
                    again = {file.name for file in exported}  # the model card, which now names the export
                    files = [*(file for file in files if file.name not in again), *exported]
        except KeyboardInterrupt:
            self.sink.is_interrupted = True
        except BaseException as bad:  # also a library's SystemExit: a run's end must always be written
            failure = bad
            log.error("it failed", exc_info=bad)
        finally:
            self.interrupts.is_settling = True
            discard(folder, ignore_errors=True)
        if self.sink.is_stale:
            log.warning("taken over or ended by others")
            return FAILED
        return self._settle(outcome, files, failure)

    def _train(self, folder: Path) -> Outcome:
        train = _load(self.trainer)
        return train(
            self.run.recipe, self.settings, emit=self.sink.emit, should_stop=self.sink.should_stop, out_dir=folder
        )

    def _export(self, outcome: Outcome, files: list[Artifact]) -> list[Artifact]:
        """Export the net, which a run can do without. Its results are stored first, so nothing here can lose them."""
        if outcome.export is None:
            return []
        run_id, attempt = self.run.id, self.run.attempt
        try:
            if not _patiently(
                self.settings, lambda: self.store.transitions.keep(run_id, attempt, outcome.summary, files)
            ):
                return []  # ended by others
        except (SQLAlchemyError, OSError):  # away for long: the run ends without an export
            log.warning("there is no export, for the store was away")
            return []
        folder = None
        try:
            folder = work_folder(self.store.artifacts_dir, run_id, attempt)
            with self.sink.impatient():
                found = outcome.export()
            return [add(name, path, self.store.artifacts_dir, run_id) for name, path in found.items()]
        except KeyboardInterrupt:
            self.sink.is_interrupted = True
        except Exception as bad:
            log.warning("the export failed", exc_info=bad)
            text = later("The export failed and is left out: {why}", why=first_line(bad))
            self.sink.emit(log_event(text, stage="export"))
        finally:
            if folder is not None:
                discard(folder, ignore_errors=True)
        return []

    def _share(self, files: list[Artifact]) -> None:
        """Copy files to where other machines find them. If that fails they stay here, and the run's log says so."""
        if self.store.shared is None or not files:
            return
        try:
            self.store.shared.put(files)
        except (OSError, SotaError) as bad:
            log.warning("its files could not be shared", exc_info=bad)
            text = later(
                "Its files stay on {host} alone; copying them to {place} failed: {why}",
                host=host_name(),
                place=str(self.store.shared),
                why=first_line(bad),
            )
            self.sink.emit(log_event(text, stage="export"))

    def _settle(self, outcome: Outcome | None, files: list[Artifact], failure: BaseException | None) -> int:
        _patiently(self.settings, lambda: self._write_end(outcome, files, failure))
        state = _patiently(self.settings, lambda: self.store.history.get(self.run.id)).state
        has_net = failure is None and outcome is not None and outcome.failure is not None
        if state is not State.FINISHED and state is not State.CANCELLED and not has_net:
            discard(self.store.artifacts_dir / self.run.id, ignore_errors=True)
            if self.store.shared is not None and files:
                self.store.shared.remove(self.run.id)
        _tell_end(self.store, self.settings, self.run.id, self.sink.listener)
        return {State.FINISHED: FINISHED, State.CANCELLED: CANCELLED}.get(state, FAILED)

    def _write_end(self, outcome: Outcome | None, files: list[Artifact], failure: BaseException | None) -> None:
        run_id, attempt = self.run.id, self.run.attempt
        if self.sink.unwritten:
            self.store.log.append(run_id, attempt, self.sink.unwritten)
        if failure is not None:
            self.store.transitions.fail(run_id, attempt, reason_of(failure), first_line(failure), _traced(failure))
            return
        summary: Summary = {}
        if outcome is not None:
            summary.update(outcome.summary)
            summary["telemetry_cpu_s"] = round(self.sink.cpu_s, 4)
            if (bad := outcome.failure) is not None:
                kept: dict[str, Any] = {"summary": summary, "artifacts": files}
                # What helps where the card has no memory is a smaller batch: the same recipe would end there again.
                reason = "gpu_oom" if reason_of(bad) == "gpu_oom" else "no_validation"
                self.store.transitions.fail(run_id, attempt, reason, first_line(bad), _traced(bad), **kept)
                return
        if outcome is not None and not outcome.stopped and not self.sink.is_interrupted:
            self.store.transitions.finish(run_id, attempt, summary, files)
            return
        if self.sink.is_interrupted:
            self.store.transitions.request_cancel(run_id)
        reason = "stopped_trained" if summary.get("n_epochs") == self.run.recipe.total_epochs else "stopped"
        if self.store.history.get(run_id).cancel_by == "time_limit":
            reason = "time_limit"
        stopped = summary if outcome is not None and outcome.summary else None
        if not self.store.transitions.cancel(run_id, attempt, reason=reason, summary=stopped, artifacts=files):
            self.store.transitions.fail(run_id, attempt, "error", later("training stopped although nobody asked it to"))


def _patiently(settings: Settings, ask: Callable[[], Any]) -> Any:
    """Try to read or write until it works, for _SETTLE_S at most: the disk may be full, the database server away, or a
    connection broken. Raises the last error.
    """
    deadline = time.monotonic() + _SETTLE_S
    while True:
        try:
            return ask()
        except (SQLAlchemyError, OSError) as bad:
            log.warning("the store cannot be used, trying again: %s", bad)
            if is_disk_full(bad):
                disk_reserve.release(settings.home)
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def reason_of(error: BaseException) -> str:
    """The code of states.REASONS for what a training raised."""
    if is_disk_full(error) or isinstance(error, DiskFullError):
        return "disk_full"
    if isinstance(error, DataError):
        return "bad_data"
    if isinstance(error, GpuMemoryError) or is_out_of_memory(error):
        return "gpu_oom"
    return "error"


def _traced(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _load(trainer: Trainer | str | None) -> Trainer:
    if trainer is None:
        from sota_core.train.fit import run_recipe

        return run_recipe
    if isinstance(trainer, str):
        module, _, name = trainer.partition(":")
        return getattr(importlib.import_module(module), name)
    return trainer


def _tell_end(store: Store, settings: Settings, run_id: str, listener: Callable[[Event], None] | None) -> None:
    if listener is None:
        return
    rows = _patiently(settings, lambda: store.log.events(run_id, kinds=["ended"]))
    ended = read(rows[-1]) if rows else None
    if ended is not None:
        with suppress(Exception):  # a closed pipe behind --jsonl: the run has ended all the same
            listener(ended)
