"""Ends runs that a command on this machine trained itself and whose process is gone, without a dispatcher."""

import logging

from sqlalchemy.exc import SQLAlchemyError

from sota_core.runs.dispatch.supervision import Supervisor
from sota_core.runs.executors.executor import Status
from sota_core.runs.executors.inline import InlineExecutor
from sota_core.runs.run import Run
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from sota_core.system.logs import about
from sota_core.system.processes import host_name, is_alive

log = logging.getLogger(__name__)


def end_orphans(store: Store, settings: Settings) -> None:
    """End the runs of `train` whose process here is gone (killed, out of memory, power lost), as a dispatcher would.

    Runs of other machines are left alone, and so are those whose process's birth is not known. A run that cannot be
    ended is logged and skipped, so that runs can still be listed if the store cannot be written.
    """
    supervisor = Supervisor(store, InlineExecutor(settings), settings)
    for run in store.history.active():
        if _is_orphan(run):
            with about(*run.attempt_key):
                try:
                    supervisor.bury(run, Status(False))
                except SQLAlchemyError as bad:
                    log.warning("run %s: its process is gone, and it cannot be ended: %s", run.id, bad)


def _is_orphan(run: Run) -> bool:
    is_here = run.self_started and run.host == host_name() and run.pid is not None and run.birth is not None
    return is_here and not is_alive(run.pid, run.birth)
