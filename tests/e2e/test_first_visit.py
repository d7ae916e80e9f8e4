"""The first page of a visit: its figure goes out before the rest, once, and whoever presses something is not kept."""

import asyncio
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.load.st_session import StSession
from pages.shared.frame.first_visit import HEAD_START_S
from tests.e2e.conftest import alone
from tests.e2e.knobs import unfold

pytestmark = pytest.mark.slow
PAGE, SLIDER, REST = "/label_smoothing", "ε", "Prove it"


class Visit(StSession):
    """A session that notes when the heading below the figure comes, and the charts above the title."""

    told: float = 0.0
    ahead: int = 0
    is_titled: bool = False

    def _handle(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        self.is_titled = self.is_titled or element.heading.tag == "h1"
        self.ahead += not self.is_titled and element.WhichOneof("type") == "vega_lite_chart"
        if element.heading.body == REST:
            self.told = time.perf_counter()
        super()._handle(message)


def test_the_rest_waits_once_a_visit(server) -> None:
    async def work() -> tuple[float, float]:
        visit = Visit(server.url, PAGE)
        first = await visit.open()
        waited = visit.told - first.sent
        again = await visit.rerun("whole")
        await visit.close()
        assert first.is_good and again.is_good
        return waited, visit.told - again.sent

    waited, again = alone(work)
    assert waited >= HEAD_START_S
    assert again < waited - HEAD_START_S / 2


@pytest.mark.parametrize(("address", "n"), [("/label_smoothing", 0), ("/compare", 1), ("/mixup", 0), ("/train", 0)])
def test_an_empty_chart_goes_ahead_where_the_figure_is_a_chart(server, address: str, n: int) -> None:
    async def work() -> int:
        visit = Visit(server.url, address)
        assert (await visit.open()).is_good
        await visit.close()
        return visit.ahead

    assert alone(work) == n


def test_a_slider_moved_meanwhile_is_answered_when_the_rest_is_there(server) -> None:
    """Its figure moves by itself; Streamlit runs a fragment once the whole page has been run, and no sooner."""

    async def work() -> float:
        visit = Visit(server.url, PAGE)
        opening = asyncio.create_task(visit.open())
        while not any(slider.label == SLIDER for slider, _ in visit.sliders.values()):
            assert not opening.done()
            await asyncio.sleep(0.01)
        opening.cancel()
        moved = await visit.set_slider(SLIDER, 0.3)
        await visit.close()
        assert moved.is_good
        return moved.total

    alone(work)  # the first visit of a server pays for its imports
    assert min(alone(work) for _ in range(5)) < HEAD_START_S + 0.5


def test_the_code_is_copied_and_our_own_function_is_one_tab_further_by_mouse_and_by_arrow(
    server, go: Callable[[str], Page], page: Page, complaints: list[str]
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    go(server.url + PAGE)
    unfold(page, "code.fastai")
    block = page.locator(".block").first
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
    expect(code).to_contain_text("def soft_cross_entropy")  # a rerun leaves it where it was turned
    assert complaints == []
