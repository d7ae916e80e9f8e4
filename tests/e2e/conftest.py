"""A real server, fresh for whoever asks, and a real browser. Skipped where there is no Chromium."""

import asyncio
import os
import subprocess
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks import site
from sota_core import settings as environment
from sota_core.runs.dispatch.lock import take_file
from sota_core.runs.store.store import Store
from sota_core.settings import Settings

PATIENCE_MS = 120_000  # machines that test are busy machines


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    if site.CHROMIUM is None:
        pytest.skip("no Chromium on this machine: browser tests are left out")
    return {**browser_type_launch_args, "executable_path": site.CHROMIUM, "args": site.FLAGS}


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
        port = site.free_port()
        with (folder / "log").open("wb") as out:
            process = site.start(port, os.environ | homes, out=out, start_new_session=True)
        server = Server(f"http://localhost:{port}", process.pid, environment.load({**os.environ, **homes}))
        started.append((process, server))
        try:
            site.wait(server.url, process)
        except (RuntimeError, TimeoutError) as silent:
            raise AssertionError(f"{silent}:\n{(folder / 'log').read_text()[-2000:]}") from None
        return server

    yield start
    for process, server in started:
        process.terminate()
        process.wait(20)
        site.end_runs(server.settings)


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


@pytest.fixture(scope="module")
def tab(browser: Browser, browser_context_args: dict) -> Iterator[Page]:
    """One tab for a module: a second visit in it takes half the time, for the app's scripts are compiled already."""
    context = browser.new_context(**browser_context_args)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(tab: Page, browser_context_args: dict) -> Iterator[Page]:
    """The module's tab in a new visitor's hands: what the one before has opened, kept or set is gone."""
    yield tab
    tab.mouse.up()
    if tab.url.startswith("http"):
        tab.goto(urljoin(tab.url, "/_stcore/health"))  # leaves the app, and keeps the process that knows its scripts
        tab.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    tab.context.clear_cookies()
    tab.context.clear_permissions()
    tab.set_viewport_size(browser_context_args["viewport"])
    tab.emulate_media(media="null", color_scheme=browser_context_args["color_scheme"], reduced_motion="null")


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """Errors of the browser's console, but for the address probes Streamlit makes of a deep link."""
    found: list[str] = []

    def note(message) -> None:
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            found.append(f"{message.text} ({message.location.get('url', '')})")

    def note_error(error) -> None:
        found.append(str(error))

    page.on("console", note)
    page.on("pageerror", note_error)
    yield found
    page.remove_listener("console", note)
    page.remove_listener("pageerror", note_error)


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
