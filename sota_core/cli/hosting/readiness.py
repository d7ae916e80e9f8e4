"""Is this deployment ready for visitors? `ready` for a container's health check, /ready behind nginx for a balancer.

Streamlit's own /_stcore/health only says that one web process answers. Here the things are checked that all of them
need: store, dispatcher, disk and device.
"""

import argparse
import json
import os
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
from sota_core.runs.dispatch.starter import Starter
from sota_core.runs.executors import card_readings
from sota_core.runs.states import LIVE
from sota_core.runs.store.database import trouble_of
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from sota_core.system import nvidia_smi, straight
from sota_core.system.files import existing_parent

START_S = 5.0
FRESH_S = 2.0  # an answer is given again to whoever asks within this time


@dataclass(frozen=True, slots=True)
class Part:
    """One thing the app needs. `said` names no folder or host: others may read a balancer's log."""

    name: str
    is_ready: bool
    said: str


def run(args: argparse.Namespace, settings: Settings) -> int:
    found = [*parts(Starter(settings)), *([_web(args.url)] if args.url else [])]
    for part in found:
        print(f"{'ready' if part.is_ready else 'NOT READY':<10} {part.name}: {part.said}")
    return int(not all(part.is_ready for part in found))


def parts(starter: Starter) -> list[Part]:
    """Store, dispatcher, disk and device. Starts a dispatcher if there is none for runs that have not ended."""
    return [*store_and_dispatcher(starter), _disk(starter.settings), _device()]


def _web(url: str) -> Part:
    """Does the app answer at this URL? Its certificate is not checked: on this machine it has another name."""
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    try:
        with straight.opened(url.rstrip("/") + "/_stcore/health", timeout=5, context=unchecked):
            return Part("web", True, "answers")
    except (OSError, ValueError) as bad:
        return Part("web", False, f"does not answer: {bad}")


def store_and_dispatcher(starter: Starter) -> list[Part]:
    """The first two of `parts`; blocks for START_S at most if a dispatcher has to be started."""
    settings = starter.settings
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
    if (at_work := _at_work(starter)) is None:
        return [*found, Part("dispatcher", False, "none is at work for the runs that wait, and none could be started")]
    is_able = at_work.get("slots") != 0
    return [*found, Part("dispatcher", is_able, "at work" if is_able else "its cluster does not answer")]


def _at_work(starter: Starter) -> dict[str, Any] | None:
    """The dispatcher, started if there was none: perhaps nobody is visiting, whose page would start it."""
    deadline = time.monotonic() + START_S
    while (found := dispatcher.status(starter.settings)) is None and time.monotonic() < deadline:
        starter.ensure_running()
        time.sleep(0.1)
    return found


def _disk(settings: Settings) -> Part:
    free = shutil.disk_usage(existing_parent(settings.home)).free
    is_enough = free >= settings.min_free_bytes
    return Part("disk", is_enough, f"{free // 2**20} MB are free" + ("" if is_enough else ": no run starts"))


def _device() -> Part:
    """The device. It never makes a deployment unready, so a slow driver is not waited for, as it is for workers."""
    if nvidia_smi.names_a_part(os.environ.get("CUDA_VISIBLE_DEVICES")):
        return Part("device", True, "part of a GPU (MIG)")
    if n := len(card_readings.read()):
        return Part("device", True, f"{n} GPU{'s' * (n != 1)}")
    return Part("device", True, "CPU: nvidia-smi names no GPU to use" if nvidia_smi.can_be_asked() else "CPU")


class Desk:
    """Answers at a port of this machine with what `look` finds, as JSON: status 200, or 503 if a part is not ready."""

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
                """Logs nothing: a balancer asks again and again."""

        self.server = ThreadingHTTPServer((HERE, port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, name="ready", daemon=True).start()

    def latest(self) -> list[Part]:
        with self.lock:
            if self.seen is None or self.clock() - self.seen[0] > FRESH_S:
                found = self.look()
                self.seen = (self.clock(), found)  # whoever has waited for it need not look again
            return self.seen[1]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
