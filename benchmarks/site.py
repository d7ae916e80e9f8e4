"""The app as its visitors get it: a server process of its own, in a home of its own, and a browser."""

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from sota_core import paths
from sota_core.cli.hosting import preloaded
from sota_core.runs.dispatch import dispatcher
from sota_core.runs.states import LIVE
from sota_core.runs.store.store import Store
from sota_core.settings import Settings, load
from sota_core.system import locks, straight

# Below the ports that the system gives to outgoing connections and to whoever asks for any (Linux: 32768 and up,
# others: 49152): a port that is free here is still free when our server comes to listen at it.
PORTS = range(20_000, 32_000)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@dataclass(frozen=True, slots=True)
class Site:
    url: str
    pid: int
    settings: Settings


@contextmanager
def serving(
    script: Path = paths.ROOT / "app.py",
    home: Path | None = None,
    data: Path | None = None,
    *,
    starts_early: bool = False,
) -> Iterator[Site]:
    """A server that answers, in a home of its own unless one is given. Its runs end with it.

    starts_early  the server gets ready to train at a first visit, as in real use: ten seconds of work beside what is
                  measured
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        homes = {"SOTA_HOME": str(home or folder), "SOTA_DATA_DIR": str(data or Path(folder) / "data")}
        homes["SOTA_START_EARLY"] = str(int(starts_early))
        settings = load({**os.environ, **homes})
        port = free_port()
        process = start(port, os.environ | homes, script)
        try:
            url = f"http://localhost:{port}"
            wait(url, process)
            yield Site(url, process.pid, settings)
        finally:
            process.terminate()
            process.wait(20)
            end_runs(settings)


@contextmanager
def browsing(**context: Any) -> Iterator[Any]:
    """A page of a real Chromium, 1440 × 900."""
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        raise RuntimeError("a Chromium is required for this benchmark and none is on the path; install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(viewport={"width": 1440, "height": 900}, **context).new_page()
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def visit(page: Any, url: str) -> None:
    """Open an address and wait until its script has run."""
    page.goto(url)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_selector("h1")


CLOSED = "[data-testid=stMain] details:not([open]) > summary"


def unfold_all(page: Any) -> None:
    """Open every fold of the page. Not by the mouse: a fold that grows moves the next one from under it."""
    closed = page.locator(CLOSED)
    while n := closed.count():
        closed.first.evaluate("(summary) => summary.click()")
        # one that is opened may hold others, drawn by then
        page.wait_for_function("([closed, n]) => document.querySelectorAll(closed).length !== n", arg=[CLOSED, n])


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def free_port() -> int:
    """A port at which nobody listens, and which no other call gets while we live, here or in another process."""
    return free_ports(1)


def free_ports(n: int) -> int:
    """The first of n such ports in a row."""
    while True:
        first = random.SystemRandom().randrange(PORTS.start, PORTS.stop - n)
        if all(_is_ours_now(port) for port in range(first, first + n)):
            return first


def _is_ours_now(port: int) -> bool:
    """Take the lock of this port, to be held until this process ends; False if another has it, or somebody listens."""
    if locks.take(Path(tempfile.gettempdir()) / f"sota-lab-ports-{os.getuid()}" / str(port)) is None:
        return False
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def listening(ports: Container[int], under: int) -> dict[int, int]:
    """Port → pid, for those of these ports at which a descendant of the process `under` listens.

    The process from which `serve` has web processes forked is left out: it keeps their sockets, and answers nobody.
    """
    found = {}
    for one in psutil.Process(under).children(recursive=True):
        with suppress(psutil.Error):
            if one.ppid() == under and preloaded.MODULE in one.cmdline():
                continue
            found |= {at.laddr.port: one.pid for at in one.net_connections("tcp") if at.status == psutil.CONN_LISTEN}
    return {port: pid for port, pid in found.items() if port in ports}


def start(
    port: int, env: Mapping[str, str], script: Path = paths.ROOT / "app.py", out: Any = subprocess.DEVNULL, **popen: Any
) -> subprocess.Popen:
    """A Streamlit server at this port; it does not answer yet."""
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += ["--server.headless=true", f"--server.port={port}"]
    return subprocess.Popen(command, cwd=paths.ROOT, env=env, stdout=out, stderr=out, **popen)


def answers(url: str) -> bool:
    try:
        with straight.opened(url + "/_stcore/health", timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


def wait(url: str, process: subprocess.Popen, patience_s: float = 60) -> None:
    """Until the server answers.

    Raises
        RuntimeError  its process has ended.
        TimeoutError  it does not answer in time.
    """
    deadline = time.monotonic() + patience_s
    while not answers(url):
        if process.poll() is not None:
            raise RuntimeError(f"the server at {url} ended with code {process.returncode} before it answered")
        if time.monotonic() > deadline:
            raise TimeoutError(f"the server at {url} did not answer within {patience_s:g} s")
        time.sleep(0.1)


def end_runs(settings: Settings) -> None:
    """Stop all runs that still train, then the dispatcher, so that nothing is left behind."""
    if not (settings.home / "runs.db").exists():
        return  # nobody has opened the store
    with Store(settings) as store:
        for run in store.history.list_runs(states=LIVE):
            store.transitions.request_cancel(run.id)
        deadline = time.monotonic() + 30
        while store.history.count(LIVE) and dispatcher.status(settings) and time.monotonic() < deadline:
            time.sleep(0.1)
    dispatcher.stop(settings, timeout_s=10)
