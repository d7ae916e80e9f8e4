"""The keyboard focus is never lost, even though a press draws the page anew."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sota_core.learn.questions import questions

pytestmark = pytest.mark.slow

FOCUS = "() => [...(document.activeElement.closest('[class*=st-key-]')?.classList ?? [])].join(' ')"


def test_the_focus_goes_on_where_a_press_takes_its_own_button_away(server, go: Callable[[str], Page]) -> None:
    at = 1 + [question.id for question in questions()].index("tta")
    page = go(f"{server.url}/questionnaire?q={at}")
    page.locator(".st-key-questionnaire-ttab button").focus()
    for n_placed in (1, 2, 3):
        page.keyboard.press("Enter")
        expect(page.locator("[data-testid=stMain] strong").filter(has_text=str(n_placed)).first).to_be_visible()
        page.wait_for_function(f"({FOCUS})().includes('st-key-questionnaire-tta')")
    page = go(f"{server.url}/train?recording=mixup-cpu&speed=1")
    page.locator(".st-key-replay-pause button").focus()
    for key, other in (("pause", "play"), ("play", "pause")):
        page.keyboard.press("Enter")
        expect(page.locator(f".st-key-replay-{other} button")).to_be_focused()
        expect(page.locator(f".st-key-replay-{key}")).to_have_count(0)
    page = go(f"{server.url}/room")
    page.locator(".st-key-room-new button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/room?room=*")
    page.wait_for_function("document.activeElement !== document.body")
