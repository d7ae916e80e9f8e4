"""What browser tests share: servers, tabs and the errors of a page. Tests are skipped where there is no Chromium."""

import asyncio
import os
import subprocess
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks import site
from sota_core import settings as environment
from sota_core.runs.dispatch.lock import take_file
from sota_core.runs.states import LIVE, State
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from tests.runs.told import finish

PATIENCE_MS = 120_000  # test machines are busy
PRETENDED = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]  # a camera


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    if site.CHROMIUM is None:
        pytest.skip("no Chromium on this machine: browser tests are left out")
    return {**browser_type_launch_args, "executable_path": site.CHROMIUM, "args": [*site.FLAGS, *PRETENDED]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    return {**browser_context_args, "viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}


@pytest.fixture(scope="session")
def base_url() -> None:
    """None, because every server has an address of its own. (The plugin's own fixture of this name warns with this
    pytest.)
    """


@dataclass(frozen=True)
class Server:
    """A running app: its address, process id and settings, and the file with its terminal output."""

    url: str
    pid: int
    settings: Settings
    log: Path

    def store(self) -> Store:
        return Store(self.settings)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], AbstractContextManager[Callable[[], Server]]]:
    """`with servers() as start`: each start() starts one more server that nobody has visited; all of them and their
    runs end with the block.
    """

    @contextmanager
    def starting() -> Iterator[Callable[[], Server]]:
        started: list[tuple[subprocess.Popen, Server]] = []

        def start() -> Server:
            folder = tmp_path_factory.mktemp("server")
            homes = {"SOTA_HOME": str(folder / "home"), "SOTA_DATA_DIR": str(folder / "data")}
            port = site.free_port()
            with (folder / "log").open("wb") as out:
                process = site.start(port, os.environ | homes, out=out, start_new_session=True)
            server = Server(
                f"http://localhost:{port}", process.pid, environment.load({**os.environ, **homes}), folder / "log"
            )
            started.append((process, server))
            try:
                site.wait(server.url, process)
            except (RuntimeError, TimeoutError) as silent:
                raise AssertionError(f"{silent}:\n{server.log.read_text()[-2000:]}") from None
            return server

        try:
            yield start
        finally:
            for process, server in started:
                process.terminate()
                process.wait(20)
                site.end_runs(server.settings)

    return starting


@pytest.fixture(scope="session")
def server(servers) -> Iterator[Server]:
    """One server for all tests that leave nothing on it: no picture, no run. Other tests use a server of their own."""
    with servers() as start:
        yield start()


@pytest.fixture(scope="module")
def fresh_server(servers) -> Iterator[Callable[[], Server]]:
    """start(): one more server that nobody has visited; all of them end with the module."""
    with servers() as start:
        yield start


@contextmanager
def nothing_starts(server: Server) -> Iterator[Server]:
    """Hold the dispatcher's lock: queued runs stay queued, and only the test moves them."""
    held = take_file(server.settings)
    assert held is not None
    yield server
    os.close(held)


@pytest.fixture(scope="session")
def _idle_server(servers) -> Iterator[Server]:
    with servers() as start, nothing_starts(start()) as server:
        yield server


@pytest.fixture
def idle_server(_idle_server: Server) -> Iterator[Server]:
    """One server, on which nothing starts, for all tests that write runs themselves. Afterwards no run is left waiting
    or under way.
    """
    yield _idle_server
    with _idle_server.store() as store:
        for run in store.history.list_runs(states=LIVE):
            if store.transitions.request_cancel(run.id).state is State.RUNNING:
                finish(store, run.id, 0.5)


@pytest.fixture(scope="session")
def tabs(browser: Browser, browser_context_args: dict) -> Iterator[Callable[[int], Page]]:
    """tabs(i): always the same tab for the same i. A second visit takes half the time, because the app's scripts are
    compiled.
    """
    opened: dict[int, Page] = {}

    def tab(number: int) -> Page:
        if number not in opened:
            opened[number] = browser.new_context(**browser_context_args).new_page()
            opened[number].once("crash", lambda _: opened.pop(number))
        return opened[number]

    yield tab
    for page in opened.values():
        page.context.close()


@pytest.fixture(scope="module")
def tab(tabs: Callable[[int], Page]) -> Page:
    """The tab behind `page`; a module may override it."""
    return tabs(0)


@pytest.fixture
def page(tab: Page, browser_context_args: dict) -> Iterator[Page]:
    """A tab as a new visitor finds it; it is reset after the test."""
    yield tab
    leave(tab, browser_context_args)


@pytest.fixture
def stranger(tabs: Callable[[int], Page], browser_context_args: dict) -> Iterator[Page]:
    """A second visitor at the same time, in a browser context of their own."""
    tab = tabs(1)
    tab.set_default_timeout(PATIENCE_MS)
    yield tab
    leave(tab, browser_context_args)


def leave(tab: Page, context: dict) -> None:
    """Reset a tab: whatever the visitor opened, stored or set is gone. `context` holds the arguments its context was
    made with.
    """
    tab.mouse.up()
    if tab.url.startswith("http"):
        tab.goto(urljoin(tab.url, "/_stcore/health"))  # leaves the app, and keeps the process that knows its scripts
        tab.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    tab.context.clear_cookies()
    tab.context.clear_permissions()
    tab.set_viewport_size(context["viewport"])
    tab.emulate_media(media="null", color_scheme=context["color_scheme"], reduced_motion="null")


@contextmanager
def complaints_of(page: Page) -> Iterator[list[str]]:
    """The browser's console errors and uncaught exceptions during the block, except for the address probes that
    Streamlit makes at a deep link.
    """
    found: list[str] = []

    def note(message) -> None:
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            found.append(f"{message.text} ({message.location.get('url', '')})")

    def note_error(error) -> None:
        found.append(str(error))

    page.on("console", note)
    page.on("pageerror", note_error)
    try:
        yield found
    finally:
        page.remove_listener("console", note)
        page.remove_listener("pageerror", note_error)


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """The console errors and exceptions of this test's page."""
    with complaints_of(page) as found:
        yield found


def settled(page: Page, url: str) -> Page:
    """Open an address and wait until the script has run."""
    page.goto(url)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    return page


@pytest.fixture
def go(page: Page) -> Callable[[str], Page]:
    """go(url) opens an address and waits until the script has run; it may be called again and again."""
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    return partial(settled, page)


def alone(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run this coroutine in a thread of its own: the browser tests of this session keep an event loop running in this
    one.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()
