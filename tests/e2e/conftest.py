"""A real server, fresh for whoever asks, and a real browser. Skipped where there is no Chromium."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sota_core import settings as environment
from sota_core.runs import dispatcher
from sota_core.runs.locks import take_file
from sota_core.runs.states import LIVE
from sota_core.runs.store import Store
from sota_core.settings import Settings

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE_MS = 120_000  # machines that test are busy machines


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: browser tests are left out")
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    return {**browser_context_args, "viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}


@pytest.fixture(scope="session")
def base_url() -> None:
    """No address is everybody's: each server has its own. (The plugin's own fixture warns with this pytest.)"""


@dataclass(frozen=True)
class Server:
    """A running app: its address, its process, and the settings it lives by."""

    url: str
    pid: int
    settings: Settings

    def store(self) -> Store:
        return Store(self.settings)


@pytest.fixture(scope="module")
def fresh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Server]]:
    """A function that starts one more server nobody has visited; all end with the module, and their runs too."""
    started: list[tuple[subprocess.Popen, Server]] = []

    def start() -> Server:
        folder = tmp_path_factory.mktemp("server")
        homes = {"SOTA_HOME": str(folder / "home"), "SOTA_DATA_DIR": str(folder / "data")}
        port = _free_port()
        out = (folder / "log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"],
            cwd=ROOT,
            env=os.environ | homes,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        out.close()
        server = Server(f"http://localhost:{port}", process.pid, environment.load({**os.environ, **homes}))
        started.append((process, server))
        _wait_for(server.url + "/_stcore/health", process, folder / "log")
        return server

    yield start
    for process, server in started:
        process.terminate()
        process.wait(20)
        _end_runs(server.settings)


@pytest.fixture(scope="module")
def server(fresh_server: Callable[[], Server]) -> Server:
    """One server for all tests of a module that do not mind who came before."""
    return fresh_server()


@pytest.fixture(scope="module")
def idle_server(server: Server) -> Iterator[Server]:
    """The dispatcher's place is taken: what waits goes on waiting, and only the test moves runs."""
    held = take_file(server.settings)
    assert held is not None
    yield server
    os.close(held)


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """Errors of the browser's console, but for the address probes Streamlit makes of a deep link."""
    found: list[str] = []

    def note(message) -> None:
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            found.append(f"{message.text} ({message.location.get('url', '')})")

    page.on("console", note)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.fixture
def go(page: Page) -> Callable[[str], Page]:
    """go(url) opens an address and waits until the script has run; it may be called again and again."""
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)

    def go(url: str) -> Page:
        page.goto(url)
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        return page

    return go


def alone(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """In a thread of its own: the browser tests of this session keep a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)  # the condition waited for is the server's answer
    raise AssertionError(f"no server at {url}:\n{log.read_text()[-2000:]}")


def _end_runs(settings: Settings) -> None:
    """Stop what still trains, then the dispatcher, so that a test leaves no process behind."""
    if not Path(settings.home / "runs.db").exists():
        return
    store = Store(settings)
    for run in store.list_runs(states=LIVE):
        store.request_cancel(run.id)
    deadline = time.monotonic() + 30
    while store.count(LIVE) and dispatcher.status(settings) and time.monotonic() < deadline:
        time.sleep(0.1)  # the condition waited for is the end of the last run
    dispatcher.stop(settings, timeout_s=10)
