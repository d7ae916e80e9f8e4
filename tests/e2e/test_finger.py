"""On a phone: tapping the shown number opens a field to type in, and a finger that scrolls moves no control."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import PATIENCE_MS, settled

pytestmark = pytest.mark.slow

STAGE = "const stage = sotaStage(handle.closest('[data-stage]').dataset.stage);"
UNPACKS = f"handle => {{ {STAGE} stage.aside = stage.data; stage.data = undefined; }}"
UNPACKED = f"handle => {{ {STAGE} stage.data = stage.aside; }}"


def test_a_finger_opens_a_field_on_the_number_that_is_shown(server, browser: Browser) -> None:
    """On Streamlit's slider and on the blend's own: tap the number, type, confirm with the field's button."""
    page = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    for address, key, typed in (("resizing", "resizing.size", "64"), ("mixup", "lam", "0.25")):
        settled(page, f"{server.url}/{address}")
        number = page.locator("button.lam" if key == "lam" else f".st-key-{key.replace('.', '-')} [style*=dotted]")
        number.tap()
        field = page.locator(".sota-typed input")
        assert field.get_attribute("inputmode") == "decimal"
        field.fill("77777")
        page.locator(".sota-typed button").tap()
        expect(page.locator(".sota-typed [role=alert]")).to_contain_text("77777 is not on this slider")
        field.fill(typed)
        page.locator(".sota-typed button").tap()
        page.wait_for_url(f"**{key}={typed}*")
        expect(page.locator(".sota-typed")).to_have_count(0)
        expect(number).to_contain_text(typed)
    page.context.close()


def test_a_press_that_is_taken_back_finds_no_value_of_an_earlier_one(server, browser: Browser) -> None:
    """The second one came while an answer was unpacked, so nothing was held; then the page was scrolled by it."""
    page = browser.new_context(viewport={"width": 1000, "height": 844}, has_touch=True).new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    settled(page, f"{server.url}/normalization?normalization.stats=typed")
    handle = page.locator("[role=slider][data-hand=mean_r]")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    before = handle.get_attribute("aria-valuenow")
    touch("touchStart", (x, y))
    touch("touchMove", (x + 30, y))
    touch("touchMove", (x + 60, y))
    touch("touchEnd")
    page.wait_for_url("**mean_r=*")
    moved = handle.get_attribute("aria-valuenow")
    assert moved != before
    box = handle.bounding_box()
    assert box is not None
    point = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    handle.evaluate(UNPACKS)
    touch("touchStart", point)
    handle.evaluate(UNPACKED)
    touch("touchCancel")
    page.wait_for_function("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    expect(handle).to_have_attribute("aria-valuenow", str(moved))
    page.context.close()
