"""The teacher's link in two browsers: made in one, it opens the same view in the other, without the controls that were
hidden.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.knobs import unfold

pytestmark = pytest.mark.slow
VALUE = "[data-testid=stSliderThumbValue]"


def test_a_shared_view_opens_with_its_values_and_without_what_was_hidden(
    server, go: Callable[[str], Page], complaints: list[str], stranger: Page
) -> None:
    page = go(f"{server.url}/label_smoothing")
    page.locator(".st-key-label_smoothing-eps").get_by_role("slider").press("ArrowRight")
    page.wait_for_url("**label_smoothing.eps=*")
    expect(page.locator(f".st-key-label_smoothing-eps {VALUE}")).to_have_text("0.11")
    page.get_by_role("button", name="Share this view").click()
    picker = page.locator(".st-key-share-hide").get_by_role("combobox")
    for name in ("ε", "Label noise"):
        picker.fill(name)
        page.get_by_role("option", name=name, exact=True).click()
    code = page.locator("[data-testid=stPopoverBody] code")
    expect(code).to_contain_text("hide=eps,noise")
    link = code.inner_text().strip()
    assert link.startswith(f"{server.url}/label_smoothing?")

    stranger.goto(link)
    expect(stranger.locator(".st-key-label_smoothing-n")).to_be_visible()
    slider = stranger.locator(".st-key-label_smoothing-eps")
    expect(slider).to_be_hidden()
    expect(stranger.locator(".st-key-label_smoothing-noise")).to_be_hidden()
    expect(slider.locator(VALUE)).to_have_text("0.11")  # the slider is shown with the link's value
    assert complaints == []


def test_the_link_says_what_a_control_in_a_fragment_says_now(server, go: Callable[[str], Page]) -> None:
    page = go(f"{server.url}/resizing")
    unfold(page, "resizing.min_scale")
    page.locator(".st-key-resizing-min_scale").get_by_role("slider").press("ArrowRight")
    page.wait_for_url("**resizing.min_scale=0.76*")
    page.get_by_role("button", name="Share this view").click()
    expect(page.locator("[data-testid=stPopoverBody] code")).to_contain_text("resizing.min_scale=0.76")
