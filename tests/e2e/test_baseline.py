"""The baseline in a browser: its lines are stepped through with keys, and each shows its effect."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from pages.baseline import CYCLE, MOST_RATE, PEAK, RATE, STEPS_AN_EPOCH
from sota_core.figures.chapter import peak
from sota_core.figures.frames import now
from sota_core.script.baseline import PHASE
from tests.e2e.knobs import drag_is_told_once, silence, slider, unfold, walk

pytestmark = pytest.mark.slow
ADDRESS = "/baseline"
AT = {"n_steps": PHASE.n_epochs * STEPS_AN_EPOCH, "n_epochs": PHASE.n_epochs, "top": MOST_RATE}


def test_arrow_keys_step_through_the_lines_a_notice_shows_its_own_and_the_address_follows(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(server.url + ADDRESS)
    expect(page.locator("ul.row img").first).to_be_visible()  # ten pictures of the set
    page.locator(".st-key-baseline-line input").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("What goes in, and what should come out.")).to_be_visible()
    page.wait_for_url("**baseline.line=blocks**")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("walks through every folder below it")).to_be_visible()
    page.wait_for_url("**baseline.line=files**")
    page.get_by_role("button", name="1000 outputs").click()
    expect(page.locator(".st-key-baseline-line").get_by_text("net = xresnet50()")).to_be_visible()
    # the notice's claim is on the screen: folded before, opened by the press
    expect(page.get_by_text("6.91", exact=True)).to_be_in_viewport(ratio=1)
    page.wait_for_url("**baseline.n_out=1000**")
    expect(page.get_by_text("n_out, 1,000")).to_be_visible()  # a cell of the table of the net's layers
    assert "created with a default value" not in server.log.read_text()

    unfold(page, RATE)
    silence(page)
    for rate, seen in walk(page, CYCLE, RATE, PEAK.values):
        right = now({**AT, "peak": rate}, peak.VIEWS)
        assert {slot: seen[slot] for slot in right} == right
    assert page.evaluate("window.sent") == 0
    # away from elements at the edges
    slider(page, RATE).evaluate("(input) => input.scrollIntoView({ block: 'center' })")
    drag_is_told_once(page, CYCLE, RATE)
    assert complaints == []


def test_a_link_opens_the_line_it_names(server, go: Callable[[str], Page]) -> None:
    page = go(f"{server.url}{ADDRESS}?baseline.line=augment&baseline.seed=3")
    expect(page.locator("ul.row img")).to_have_count(6)
    first = page.locator("ul.row img").first.get_attribute("src")
    page.get_by_role("button", name="Draw again").click()
    expect(page.locator("ul.row img").first).not_to_have_attribute("src", first or "")
