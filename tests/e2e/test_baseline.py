"""The baseline in a browser: its lines are stepped through by keys, and a line's effect is seen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow
ADDRESS = "/baseline"


def test_arrow_keys_step_through_the_lines_a_notice_shows_its_own_and_the_address_follows(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(server.url + ADDRESS)
    expect(page.locator("ul.row img").first).to_be_visible()  # ten pictures of the set
    page.locator(".st-key-baseline-line input").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("What goes in, and what is to come out.")).to_be_visible()
    page.wait_for_url("**baseline.line=blocks**")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("walks through every folder below it")).to_be_visible()
    page.wait_for_url("**baseline.line=files**")
    page.get_by_role("button", name="1000 outputs").click()
    expect(page.locator(".st-key-baseline-line").get_by_text("net = xresnet50()")).to_be_visible()
    expect(page.get_by_text("6.91", exact=True)).to_be_visible()  # folded before: the press leads there
    page.wait_for_url("**baseline.n_out=1000**")
    assert complaints == []


def test_a_link_opens_the_line_it_names(server, go: Callable[[str], Page]) -> None:
    page = go(f"{server.url}{ADDRESS}?baseline.line=augment&baseline.seed=3")
    expect(page.locator("ul.row img")).to_have_count(6)
    first = page.locator("ul.row img").first.get_attribute("src")
    page.get_by_role("button", name="Draw again").click()
    expect(page.locator("ul.row img").first).not_to_have_attribute("src", first or "")
