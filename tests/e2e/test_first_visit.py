"""The first page of a visit: its figure is sent before the rest, once a visit; a press or a move ends the wait."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.load.st_session import StSession
from pages.shared.frame.first_visit import HEAD_START_S
from tests.e2e.conftest import PATIENCE_MS, alone, complaints_of, settled
from tests.e2e.knobs import silence, unfold

pytestmark = pytest.mark.slow
PAGE, SLIDER, REST = "/label_smoothing", "ε", "Prove it"


class Visit(StSession):
    """A session that records the times of messages, when the heading below the figure came, and the charts above the
    title.
    """

    told: float = 0.0
    ahead: int = 0
    is_titled: bool = False

    def __init__(self, url: str, page: str, paint_s: float | None) -> None:
        super().__init__(url, page)
        self.paint_s = paint_s
        self.came: list[float] = []
        self.parts: list[int] = []  # fragments of each run; 0 for a run of the whole page

    def _handle(self, message: ForwardMsg) -> None:
        self.came.append(time.perf_counter())
        if message.WhichOneof("type") == "new_session":
            self.parts.append(len(message.metadata.run.fragment_ids))
        element = message.delta.new_element
        self.is_titled = self.is_titled or element.heading.tag == "h1"
        self.ahead += not self.is_titled and element.WhichOneof("type") == "vega_lite_chart"
        if element.heading.body == REST and not self.told:
            self.told = self.came[-1]
        super()._handle(message)

    @property
    def silence(self) -> float:
        """The longest time in seconds between two messages, until the rest has come."""
        until = [at for at in self.came if at <= self.told]
        return max(after - before for before, after in itertools.pairwise(until))


@pytest.mark.parametrize("paint_s", [None, 0.6])
def test_nothing_is_sent_until_the_figure_has_been_painted_and_once_a_visit(server, paint_s: float | None) -> None:
    """Each message makes React start over with what it is drawing: a slow browser never finished."""

    async def work() -> tuple[float, float]:
        visit = Visit(server.url, PAGE, paint_s)
        assert (await visit.open()).is_good
        silence, visit.told = visit.silence, 0.0
        await asyncio.sleep(1.5)
        # the page, and once the fragment that reports the paint
        assert visit.parts == ([0] if paint_s is None else [0, 1])
        again = await visit.rerun("whole")
        await visit.close()
        assert again.is_good
        return silence, visit.told - again.sent

    silence, again = alone(work)
    if paint_s is None:
        assert silence >= HEAD_START_S - 0.1
    else:
        assert paint_s - 0.1 <= silence < HEAD_START_S - 0.5
    assert again < 1.5


@pytest.mark.parametrize(("address", "n"), [("/label_smoothing", 0), ("/compare", 1), ("/mixup", 0), ("/train", 0)])
def test_an_empty_chart_goes_ahead_where_the_figure_is_a_chart(server, address: str, n: int) -> None:
    async def work() -> int:
        visit = Visit(server.url, address, 0.0)
        assert (await visit.open()).is_good
        await visit.close()
        return visit.ahead

    assert alone(work) == n


def test_a_slider_moved_meanwhile_ends_the_wait(server) -> None:
    """A move runs a fragment, which Streamlit does only after the run of the whole page has ended."""

    async def work() -> float:
        visit = Visit(server.url, PAGE, None)
        opening = asyncio.create_task(visit.open())
        while not any(slider.label == SLIDER for slider, _ in visit.sliders.values()):
            assert not opening.done()
            await asyncio.sleep(0.01)
        opening.cancel()
        moved = await visit.set_slider(SLIDER, 0.3)
        await visit.close()
        assert moved.is_good
        return moved.total

    alone(work)  # a server's first visit includes its imports
    assert min(alone(work) for _ in range(5)) < HEAD_START_S / 2


WHEN_ASKED = """
const deep = (root, what) => root.querySelector(what)
  ?? [...root.querySelectorAll("*")].map((node) => node.shadowRoot && deep(node.shadowRoot, what)).find(Boolean);
const Socket = window.WebSocket;
window.asked = []; // of each request to the server: is the figure there, is the rest, and when
window.WebSocket = class extends Socket {
  send(data) {
    const titles = [...document.querySelectorAll("h2, h3")].map((of) => of.textContent);
    window.asked.push([
      !!deep(document, ".plot path[d], .st-key-compare-curves .vega-embed :is(canvas, svg)"),
      titles.some((of) => of.includes("Prove it") || of.includes("Only what differs")),
      performance.now(),
    ]);
    return super.send(data);
  }
};
"""
# The presses end after five seconds, when the rest has come by itself.
PRESSES = """
window.presses = []; // presses the page has noted; a busy browser may make and note none for a while
const pressing = setInterval(() => {
  window.dispatchEvent(new PointerEvent("pointerdown"));
  if (globalThis.sotaPresses) window.presses.push(performance.now());
  if (performance.now() > 5000) clearInterval(pressing);
}, 100);
"""
TOPS = """() => [...document.querySelectorAll("[data-testid=stMain] :is(h2, h3)")].map(
  (heading) => heading.getBoundingClientRect().top)"""


@pytest.fixture
def own_tab(browser: Browser, browser_context_args: dict) -> Iterator[Page]:
    """A tab for this test alone: scripts that run before every page cannot be removed from a tab."""
    page = browser.new_context(**browser_context_args).new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page.add_init_script(WHEN_ASKED)
    with complaints_of(page) as complaints:
        yield page
    page.context.close()
    assert complaints == []


def test_a_browser_says_when_the_figure_is_painted_and_gets_the_rest_then(server, own_tab: Page) -> None:
    page = own_tab
    for address, rest in (("label_smoothing", REST), ("compare", "Only what differs")):
        settled(page, f"{server.url}/{address}")
        expect(page.get_by_role("heading", name=rest)).to_be_visible()
        whole, told = page.evaluate("window.asked")[:2]
        assert whole[:2] == [False, False]
        assert told[:2] == [True, False]
    silence(page)
    before = page.evaluate(TOPS)
    page.keyboard.press("r")  # Streamlit's own key: rerun the page
    silence(page)
    assert page.evaluate("window.asked.length") > 2
    assert page.evaluate(TOPS) == before  # the element that reported has gone, and nothing moves up


def test_a_browser_says_nothing_of_itself_while_somebody_presses(server, own_tab: Page) -> None:
    """Of two simultaneous messages Streamlit may handle only one, and a press that leads to another page matters
    more.
    """
    page = own_tab
    page.add_init_script(PRESSES)
    settled(page, f"{server.url}{PAGE}")
    expect(page.get_by_role("heading", name=REST)).to_be_visible()
    page.wait_for_function("window.asked.length >= 2")
    told = page.evaluate("window.asked[1][2]")
    before = [pressed for pressed in page.evaluate("window.presses") if pressed <= told]
    assert before and told - before[-1] >= 400


def test_the_code_is_copied_and_our_own_function_is_one_tab_further_by_mouse_and_by_arrow(
    server, go: Callable[[str], Page], page: Page, complaints: list[str]
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    go(server.url + PAGE)
    unfold(page, "code.fastai")
    block = page.locator(".st-key-code-fastai .block").first
    expect(block.locator(".keyword").first).to_have_text("from")
    block.get_by_role("button", name="Copy").click()
    expect(block.locator(".copy span")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == block.locator("code").inner_text()

    second, third = page.get_by_role("tab").nth(1), page.get_by_role("tab").nth(2)
    code = page.get_by_role("tabpanel").locator("code")
    expect(code).to_contain_text("LabelSmoothingCrossEntropy")
    second.click()
    expect(code).to_contain_text("def smooth_targets")
    second.press("ArrowRight")
    expect(third).to_be_focused()
    expect(third).to_have_attribute("aria-selected", "true")
    expect(code).to_contain_text("def soft_cross_entropy")
    page.locator(".st-key-label_smoothing-eps").get_by_role("slider").press("ArrowRight")
    page.wait_for_url("**label_smoothing.eps=*")
    expect(code).to_contain_text("def soft_cross_entropy")  # the rerun keeps the chosen tab
    assert complaints == []
