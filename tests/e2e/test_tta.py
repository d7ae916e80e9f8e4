"""Test-time augmentation in a browser: moves stand in the address, a rescued picture can be clicked."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, expect

from pages.parts.tta.controls import RESCUED

pytestmark = pytest.mark.slow


def address(page: Page) -> dict[str, str]:
    return {name: value[0] for name, value in parse_qs(urlparse(page.url).query).items()}


def test_every_control_writes_its_value_into_the_address(server, go: Callable[[str], Page], complaints) -> None:
    page = go(f"{server.url}/tta")
    page.get_by_role("slider", name="Augmented views n").press("ArrowRight")
    page.wait_for_url("**tta.n=5**")
    page.get_by_role("slider", name="Weight of the plain view β").press("ArrowRight")
    page.wait_for_url("**tta.beta=0.3**")
    page.get_by_label("Picture", exact=True).fill("31")
    page.get_by_label("Picture", exact=True).press("Enter")
    page.wait_for_url("**tta.picture=31**")
    page.get_by_label("Seed of the views").fill("77")
    page.get_by_label("Seed of the views").press("Enter")
    page.wait_for_url("**tta.seed=77**")
    page.get_by_text("Maximum instead of mean").click()
    page.wait_for_url("**tta.use_max=true**")
    expected = {"tta.n": "5", "tta.beta": "0.3", "tta.picture": "31", "tta.seed": "77", "tta.use_max": "true"}
    assert address(page) == expected
    again = go(page.url)
    expect(again.get_by_label("Picture", exact=True)).to_have_value("31")
    assert address(again) == expected and complaints == []


def test_a_rescued_picture_that_is_clicked_is_looked_at(server, go: Callable[[str], Page]) -> None:
    page = go(f"{server.url}/tta")
    tile = page.get_by_title("Look at this picture above").filter(has_not_text=f"picture {RESCUED}:").first
    number = tile.inner_text().partition("picture ")[2].partition(":")[0]
    tile.click()
    page.wait_for_url(f"**tta.picture={number}**")
    expect(page.get_by_label("Picture", exact=True)).to_have_value(number)


def test_the_figure_is_seen_without_scrolling(server, go: Callable[[str], Page]) -> None:
    page = go(f"{server.url}/tta")
    bars = page.locator(".st-key-tta-votes canvas, .st-key-tta-votes svg").first
    expect(bars).to_be_visible()
    box = bars.bounding_box()
    assert box is not None and box["y"] + box["height"] <= 900
