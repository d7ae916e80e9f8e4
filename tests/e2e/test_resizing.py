"""Progressive resizing in a browser: figures drawn, pixels honest, the plan in the address."""

import base64
import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow
ADDRESS = "/resizing"


def test_a_tile_of_64_px_holds_64_pixels_a_side(server, go: Callable[[str], Page], complaints: list[str]) -> None:
    page = go(server.url + ADDRESS)
    tile = page.get_by_alt_text("64 px", exact=True)
    expect(tile).to_be_visible()
    data = (tile.get_attribute("src") or "").partition("base64,")[2]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    blocks = pixels.reshape(64, 7, 64, 7, 3)
    assert (blocks == blocks[:, :1, :, :1]).all()
    assert complaints == []


def test_the_plan_goes_into_the_address_and_comes_back(server, go: Callable[[str], Page]) -> None:
    page = go(server.url + ADDRESS)
    expect(page.locator("[aria-label*='your plan: 8:18'] svg.marks")).to_be_visible()
    expect(page.locator("[aria-label*='Seconds of an epoch'] svg.marks")).to_be_visible()
    page.get_by_role("button", name="64 px first").click()
    expect(page.locator("[aria-label*='your plan: 6:00'] svg.marks")).to_be_visible()
    page.wait_for_url("**size1=64**")
    link = page.url
    expect(go(link).locator("[aria-label*='your plan: 6:00'] svg.marks")).to_be_visible()
    assert page.url == link


def test_the_leak_opens_the_lab_with_resplit(server, go: Callable[[str], Page]) -> None:
    page = go(server.url + ADDRESS)
    page.get_by_text("Open the lab with resplit").click()
    page.wait_for_url("**/train?**")
    assert "resplit=true" in page.url and "recipe=progressive" in page.url
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
