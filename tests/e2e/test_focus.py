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


HEIGHT_WHEN_GROWN = """async (fold) => {
  fold.querySelector("summary").click();
  const growth = fold.getAnimations().find((one) => one.effect.getKeyframes()[0].height);
  if (!growth) return null;
  growth.finish(); // Streamlit hears of it later
  const then = fold.getBoundingClientRect().height;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const left = [fold.style.height, fold.getAnimations().filter((one) => one.effect.getKeyframes()[0].height).length];
  return [then, fold.getBoundingClientRect().height, ...left];
}"""


def test_a_fold_that_has_opened_does_not_fall_shut_for_a_moment(server, go: Callable[[str], Page]) -> None:
    fold = go(f"{server.url}/mixup").locator("[data-testid=stMain] details:not([open])").first
    fold.wait_for()
    shut = fold.bounding_box()
    then, later, *left = fold.evaluate(HEIGHT_WHEN_GROWN)
    assert shut is not None and then > shut["height"] + 50
    assert abs(then - later) <= 1 and left == ["", 0]  # free to grow with what it holds


def test_a_fold_opens_at_once_for_whoever_wants_no_motion(server, go: Callable[[str], Page]) -> None:
    page = go(f"{server.url}/mixup")
    page.emulate_media(reduced_motion="reduce")
    fold = page.locator("[data-testid=stMain] details:not([open])").first
    fold.wait_for()
    shut = fold.bounding_box()
    opened = fold.evaluate("(fold) => { fold.querySelector('summary').click(); return fold.offsetHeight; }")
    assert shut is not None and opened > shut["height"] + 50
