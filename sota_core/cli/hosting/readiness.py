"""Is this deployment ready for visitors? `ready` for a container's health check, /ready behind nginx for a balancer.

Streamlit's own /_stcore/health says that a web process answers; here it is what all of them stand on.
"""

import argparse
import json
import shutil
import sqlite3
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from sota_core.cli.listening import HERE
from sota_core.errors import SotaError
from sota_core.runs.dispatch import dispatcher
from sota_core.runs.dispatch.lock import is_taken_on_the_server
from sota_core.runs.executors import card_readings
from sota_core.runs.states import LIVE
from sota_core.runs.store.database import trouble_of
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from sota_core.system import straight
from sota_core.system.files import existing_parent

START_S = 5.0
FRESH_S = 2.0  # who asks within this time is told the same


@dataclass(frozen=True, slots=True)
class Part:
    """One thing the app stands on. `said` names no place: a balancer's log may be read by others."""

    name: str
    is_ready: bool
    said: str


def run(args: argparse.Namespace, settings: Settings) -> int:
    found = [*parts(settings), *([_web(args.url)] if args.url else [])]
    for part in found:
        print(f"{'ready' if part.is_ready else 'NOT READY':<10} {part.name}: {part.said}")
    return int(not all(part.is_ready for part in found))


def parts(settings: Settings) -> list[Part]:
    """Store, dispatcher, disk and device. Starts a dispatcher where runs wait and there is none."""
    return [*store_and_dispatcher(settings), _disk(settings), _device()]


def _web(url: str) -> Part:
    """Asked on this machine, whose certificate is for another name: it is not checked."""
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    try:
        with straight.opened(url.rstrip("/") + "/_stcore/health", timeout=5, context=unchecked):
            return Part("web", True, "answers")
    except (OSError, ValueError) as bad:
        return Part("web", False, f"does not answer: {bad}")


def store_and_dispatcher(settings: Settings) -> list[Part]:
    """As `parts`; blocks for START_S at most where a dispatcher has to be started."""
    try:
        with Store(settings) as store, store.session.reading() as connection:
            n_live, is_taken = store.history.count(LIVE), is_taken_on_the_server(connection)
    except (SQLAlchemyError, sqlite3.Error, SotaError, OSError) as bad:
        return [Part("store", False, trouble_of(bad) or "The run store cannot be opened.")]
    found = [Part("store", True, "answers")]
    if not n_live:
        return [*found, Part("dispatcher", True, "nothing waits")]
    if is_taken and dispatcher.status(settings) is None:
        return [*found, Part("dispatcher", True, "at work on another machine")]
    if (at_work := _at_work(settings)) is None:
        return [*found, Part("dispatcher", False, "none is at work for the runs that wait, and none could be started")]
    is_able = at_work.get("slots") != 0
    return [*found, Part("dispatcher", is_able, "at work" if is_able else "its cluster does not answer")]


def _at_work(settings: Settings) -> dict[str, Any] | None:
    """The dispatcher, started where there was none: nobody may be visiting whose page would."""
    deadline = time.monotonic() + START_S
    while (found := dispatcher.status(settings)) is None and time.monotonic() < deadline:
        dispatcher.ensure_running(settings)
        time.sleep(0.1)
    return found


def _disk(settings: Settings) -> Part:
    free = shutil.disk_usage(existing_parent(settings.home)).free
    is_enough = free >= settings.min_free_bytes
    return Part("disk", is_enough, f"{free // 2**20} MB are free" + ("" if is_enough else ": no run starts"))


def _device() -> Part:
    """Told, not judged, so a driver that takes long to answer is not waited for, as it is where cards are dealt out."""
    if n := len(card_readings.read()):
        return Part("device", True, f"{n} GPU{'s' * (n != 1)}")
    return Part("device", True, "CPU: nvidia-smi names no GPU to use" if card_readings.can_be_asked() else "CPU")


class Desk:
    """Says at a port of this machine what `look` finds, in JSON: 200, or 503 where a part is not ready."""

    def __init__(self, port: int, look: Callable[[], list[Part]], clock: Callable[[], float] = time.monotonic) -> None:
        self.look, self.clock, self.lock = look, clock, threading.Lock()
        self.seen: tuple[float, list[Part]] | None = None
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = desk.latest()
                body = json.dumps({part.name: {"ready": part.is_ready, "said": part.said} for part in found}).encode()
                self.send_response(200 if all(part.is_ready for part in found) else 503)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_HEAD = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """Every look of a balancer in the log would be nothing but noise."""

        self.server = ThreadingHTTPServer((HERE, port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, name="ready", daemon=True).start()

    def latest(self) -> list[Part]:
        with self.lock:
            if self.seen is None or self.clock() - self.seen[0] > FRESH_S:
                found = self.look()
                self.seen = (self.clock(), found)  # who has waited for it need not look again
            return self.seen[1]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
