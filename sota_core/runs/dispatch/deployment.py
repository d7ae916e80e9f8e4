"""What a deployment is doing at this moment, read in one look: queue, slots, dispatcher, disk, cards, web processes.

For whoever runs the server: the metrics (cli/hosting/metrics.py) and the operator's page both show this look.
"""

import re
import shutil
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

import psutil
from sqlalchemy.exc import SQLAlchemyError

from sota_core.errors import SotaError
from sota_core.runs.dispatch import dispatcher
from sota_core.runs.dispatch.lock import is_taken_on_the_server
from sota_core.runs.executors import card_readings
from sota_core.runs.executors.card_readings import Reading
from sota_core.runs.states import State
from sota_core.runs.store.database import trouble_of
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from sota_core.system import straight
from sota_core.system.files import existing_parent
from sota_core.system.reruns import WebProcess, web_processes

PATIENCE_S = 1.0  # for a web process that does not answer
_SESSIONS = re.compile(r"^active_sessions(?:\{[^}]*\})? (\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Web:
    """A web process, and what it answered when asked. None: no answer."""

    told: WebProcess
    sessions: int | None
    memory_bytes: int | None


@dataclass(frozen=True, slots=True)
class Deployment:
    """The result of one look.

    trouble     why the run store cannot be used, in words that name no place; None: it can be used
    runs        how many are in each state; empty if the store cannot be used
    oldest_s    seconds since the run that waits longest was submitted; 0 if none waits
    slots       runs at the same time, as far as is known; `slots_used` of them are taken
    dispatcher  as dispatcher.status says; None: none is at work here (it ends by itself when there is nothing to do)
    is_dispatched  a dispatcher is at work, here or on another machine with the same PostgreSQL
    free_bytes  of the home's disk
    cards       graphics cards of this machine; [] without any, and under Ray
    web         web processes that have drawn a page
    """

    trouble: str | None
    runs: dict[State, int]
    oldest_s: float
    slots: int
    slots_used: int
    dispatcher: dict[str, Any] | None
    is_dispatched: bool
    free_bytes: int
    cards: list[Reading]
    web: list[Web]


def look(settings: Settings, store: Store | None = None) -> Deployment:
    """Look once. Blocking: one nvidia-smi, and PATIENCE_S at most for each web process. Changes nothing.

    store  an open store; None: one is opened for the look
    """
    trouble, runs, oldest_s, slots, slots_used, is_taken = None, {}, 0.0, 0, 0, False
    try:
        if store is None:
            with Store(settings) as opened:
                runs, oldest_s, slots, slots_used, is_taken = _of_the_store(opened)
        else:
            runs, oldest_s, slots, slots_used, is_taken = _of_the_store(store)
    except (SQLAlchemyError, sqlite3.Error, SotaError, OSError) as bad:
        trouble = trouble_of(bad) or "The run store cannot be opened."
    return Deployment(
        trouble=trouble,
        runs=runs,
        oldest_s=oldest_s,
        slots=slots,
        slots_used=slots_used,
        dispatcher=(here := dispatcher.status(settings)),
        is_dispatched=here is not None or is_taken,
        free_bytes=shutil.disk_usage(existing_parent(settings.home)).free,
        cards=[] if settings.executor == "ray" else card_readings.read(),
        web=[Web(told, _sessions(told.url), _memory(told.pid)) for told in web_processes(settings.home)],
    )


def _of_the_store(store: Store) -> tuple[dict[State, int], float, int, int, bool]:
    counted, since, used = store.history.overview()
    with store.session.reading() as connection:
        is_taken = is_taken_on_the_server(connection)
    return counted, max(0.0, time.time() - since) if since is not None else 0.0, store.slots, used, is_taken


def _sessions(url: str) -> int | None:
    """Streamlit's own count of sessions, asked for on this machine (nginx refuses it to visitors)."""
    try:
        asked = f"{url}/_stcore/metrics?families=active_sessions"
        with straight.opened(asked, timeout=PATIENCE_S) as answer:
            found = _SESSIONS.search(answer.read(65_536).decode(errors="replace"))
    except (OSError, ValueError):
        return None
    return int(found[1]) if found else None


def _memory(pid: int) -> int | None:
    try:
        return psutil.Process(pid).memory_info().rss
    except psutil.Error:
        return None
