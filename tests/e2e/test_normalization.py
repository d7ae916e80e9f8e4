"""Normalization in a browser: its figures are drawn, and its address says what is on the screen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow
ADDRESS = "/normalization"
# Vega fails without a word: charts that have really been drawn. The one that goes ahead of a page cannot be seen.
DRAWN = "[data-testid=stVegaLiteChart]:has(svg.marks):visible"


def test_a_notice_moves_figure_and_address_and_the_address_brings_both_back(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(server.url + ADDRESS)
    page.get_by_role("button", name="Eight pictures, their own").click()
    page.wait_for_url("**stats=this**")
    settled = "R: mean 0.000, standard deviation 1.000"
    expect(page.locator(f"[aria-label*='{settled}']").first).to_be_visible()
    link = page.url
    assert "normalization.bs=8" in link
    expect(go(link).locator(f"[aria-label*='{settled}']").first).to_be_visible()
    assert page.url == link
    assert complaints == []


def test_every_figure_is_drawn_and_says_in_words_what_it_shows(server, go: Callable[[str], Page]) -> None:
    page = go(server.url + ADDRESS)
    for told in ("before normalization", "after normalization", "with each kind of statistics"):
        expect(page.locator(f"{DRAWN}[aria-label*='{told}']")).to_be_visible()
    expect(page.locator(DRAWN)).to_have_count(3)
    images = page.locator("[data-testid=stMain] img").all()
    assert images and not [image for image in images if not image.get_attribute("alt")]


def test_each_control_goes_into_the_address(server, go: Callable[[str], Page]) -> None:
    page = go(server.url + ADDRESS)
    page.get_by_role("radio", name="typed").or_(page.get_by_role("button", name="typed")).first.click()
    mean = page.get_by_role("spinbutton", name="mean R")
    mean.fill("0.25")
    mean.press("Enter")
    page.wait_for_url("**mean_r=0.25**")
    seed = page.get_by_role("spinbutton", name="Seed")
    seed.fill("12")
    seed.press("Enter")
    page.wait_for_url("**seed=12**")
    expect(page.get_by_role("cell", name="statistics used").locator("xpath=following-sibling::td[1]")).to_have_text(
        "0.250"
    )
