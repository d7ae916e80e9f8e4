"""Values typed on a phone, where no key begins one: the number that is shown opens the field."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import PATIENCE_MS, settled

pytestmark = pytest.mark.slow


def test_a_finger_opens_a_field_on_the_number_that_is_shown(server, browser: Browser) -> None:
    """Streamlit's slider and the blend's own: tapped, typed, set by the field's button."""
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
