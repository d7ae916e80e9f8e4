"""Presses before back.js is loaded, which comes a moment after the page: they still count as one step. And two actions
at once: both happen.
"""

import asyncio
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.load.st_session import StSession
from tests.e2e.conftest import alone
from tests.e2e.knobs import number, unfold

pytestmark = pytest.mark.slow
HTML = re.compile(r"/Html\.[^/]*\.js$")  # Streamlit's script for st.html, which our script waits for


def test_a_back_button_quicker_than_our_script_goes_one_step(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{server.url}/mixup")
    unfold(page, "mixup.seed")
    page.locator(".st-key-mixup-again button").click()
    page.wait_for_url("**mixup.seed=*")
    held: list[Route] = []
    page.route(HTML, lambda route: held.append(route))
    page.reload()
    expect(number(page, "mixup.seed")).not_to_have_value("95")
    page.go_back()
    for route in held:
        route.continue_()
    page.unroute(HTML)
    expect(number(page, "mixup.seed")).to_have_value("95")
    page.wait_for_function("window.hasOneStepBack")
    page.wait_for_timeout(500)
    assert held
    assert page.url == f"{server.url}/mixup" and complaints == []


# The tab's position in its history; `history.length` also counts entries ahead and stops at 50.
INDEX = "navigation.currentEntry.index"


@pytest.mark.parametrize("is_pressed", [True, False])
@pytest.mark.parametrize(
    ("address", "becomes"),
    [("mixup", "mixup"), ("label_smoothing?label_smoothing.n=5&label_smoothing.eps=0.1", "label_smoothing?*n=5")],
    ids=["as it stands", "with a default, which goes"],
)
def test_a_press_quicker_than_our_script_is_a_step_and_what_comes_by_itself_is_none(
    server, page: Page, go: Callable[[str], Page], address: str, becomes: str, is_pressed: bool
) -> None:
    """Otherwise the page on which the press happened is lost from the history, and Back leads past it."""
    held: list[Route] = []
    page.goto(f"{server.url}/_stcore/health")
    page.route(HTML, lambda route: held.append(route))
    first = page.evaluate(INDEX)
    go(f"{server.url}/{address}")
    page.wait_for_url(f"**/{becomes}")
    if is_pressed:
        page.locator("h1").click()
    assert held and page.evaluate("window.hasOneStepBack") is None
    for route in held:
        route.continue_()
    page.unroute(HTML)
    page.wait_for_function("window.hasOneStepBack")
    page.wait_for_function(f"{INDEX} === {first + 1} && !location.search.includes('eps')")
    # as Streamlit does when the next page begins
    at = page.evaluate(f"() => {{ history.pushState({{}}, '', '/tta'); return [{INDEX}, location.pathname]; }}")
    assert at == [first + 1 + is_pressed, "/tta"]


def test_a_step_that_streamlit_made_before_our_script_was_there_is_not_made_twice(
    server, page: Page, go: Callable[[str], Page]
) -> None:
    held: list[Route] = []
    page.route(HTML, lambda route: held.append(route))
    go(f"{server.url}/mixup")
    page.locator("[data-testid=stSidebarNav] a[href$='/data']").click()
    page.wait_for_url("**/data")
    for route in held:
        route.continue_()
    page.unroute(HTML)
    page.wait_for_function("window.hasOneStepBack")
    before = page.evaluate(INDEX)
    page.evaluate("history.pushState({}, '', '/data?a=1')")  # as Streamlit does without a press
    assert held and page.evaluate(INDEX) == before
    page.go_back()
    page.wait_for_url("**/mixup")


class Typist(StSession):
    """A session that types a seed, and records the page's seed and address."""

    typed: float | None = None
    shown: float | None = None
    number: str = ""

    def _handle(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "page_info_changed":
            self.query = message.page_info_changed.query_string
        element = message.delta.new_element
        if element.WhichOneof("type") == "number_input" and element.number_input.label == "Seed":
            self.number, self.shown = element.number_input.id, element.number_input.value
        super()._handle(message)

    def _request(self, fragment: str, auto: bool) -> BackMsg:
        message = super()._request(fragment, auto)
        if self.typed is not None:
            message.rerun_script.widget_states.widgets.add(id=self.number).double_value = self.typed
        return message


def test_a_number_typed_and_a_press_a_moment_later_are_both_done(server) -> None:
    """Before, 23 of 140 addresses never got the number, and 34 pages showed the previous one."""

    async def work() -> None:
        tab = Typist(server.url, "/train")
        await tab.open()
        await asyncio.sleep(1.0)
        for i, gap_s in enumerate([0.0, 0.002, 0.005, 0.01, 0.02, 0.05] * 3):
            tab.typed = 200.0 + i
            await tab._ws.send(tab._request("", False).SerializeToString())
            await asyncio.sleep(gap_s)
            assert (await tab.rerun("a press")).is_good
            await asyncio.sleep(0.3)
            assert (tab.shown, f"seed={200 + i}&" in f"{tab.query}&") == (tab.typed, True), (i, gap_s)
        await tab.close()

    alone(work)


class Leaver(StSession):
    """A session that records when the page begins to ask a net, and when each page begins."""

    def __init__(self, url: str, page: str) -> None:
        super().__init__(url, page)
        self.asking = asyncio.Event()
        self.began: list[str] = []

    def _handle(self, message: ForwardMsg) -> None:
        super()._handle(message)
        if message.WhichOneof("type") == "new_session":
            self.began.append(message.new_session.page_script_hash)
        if "Asking the net" in str(message.delta.new_transient):
            self.asking.set()


def test_a_page_that_computes_is_left_at_once(server) -> None:
    """The page shows a net two hundred pictures in each of four ways, which takes a second or more."""

    async def work() -> float:
        there, tab = StSession(server.url, "/papers"), Leaver(server.url, "/normalization?normalization.asked=200")
        await there.open()
        opening = asyncio.create_task(tab.open())
        await asyncio.wait_for(tab.asking.wait(), 60)
        tab.page_hash, tab.query = there.page_hash, ""
        at = time.perf_counter()
        await tab._ws.send(tab._request("", False).SerializeToString())
        while there.page_hash not in tab.began:
            assert time.perf_counter() - at < 30
            await asyncio.sleep(0.005)
        left = time.perf_counter() - at
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await asyncio.gather(there.close(), tab.close())
        return left

    assert alone(work) < 0.5
