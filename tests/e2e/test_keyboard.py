"""The pages of the techniques without a mouse: Tab comes by every control, in sight and with a name."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from pages.shared.session import site
from sota_core.learn.questions import questions
from tests.e2e.knobs import slider, unfold

pytestmark = pytest.mark.slow
ADDRESSES = [site.path(entry.address) for entry in site.PAGES if entry.section == "Techniques"]

FOCUSED = """() => {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  if (!node || node === document.body) return null;
  const known = "walked" in node.dataset, box = node.getBoundingClientRect();
  node.dataset.walked = "";
  const labels = [...(node.labels ?? [])].map((label) => label.innerText).join(" ");
  return {
    known,
    name: (node.getAttribute("aria-label") || labels || node.innerText || node.title || "").trim(),
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""
# Of a group of choices one is a stop, and arrows go on from there.
MISSED = """() => {
  const all = (root) => [...root.querySelectorAll("a[href], button, input, select, [tabindex]")].concat(
    ...[...root.querySelectorAll("*")].filter((node) => node.shadowRoot).map((node) => all(node.shadowRoot)));
  return all(document)
    .filter((node) => node.tabIndex >= 0 && !node.disabled && !("walked" in node.dataset))
    .filter((node) => node.checkVisibility({ visibilityProperty: true }) && node.getBoundingClientRect().width > 0)
    .filter((node) => !node.closest("[role=radiogroup], [role=toolbar], [aria-hidden=true]") && node.type !== "file")
    .map((node) => `${node.tagName} ${(node.getAttribute("aria-label") || node.innerText || "").trim()}`);
}"""


@pytest.mark.parametrize("address", ADDRESSES)
def test_tab_comes_by_every_control_in_sight_and_with_a_name(address: str, server, go: Callable[[str], Page]) -> None:
    page = go(f"{server.url}/{address}")
    ends = page.locator(".vega-embed:visible, .st-key-share")  # what a technique's page ends with, and the first screen
    ends.or_(page.get_by_role("heading", name="Latest runs")).last.wait_for()
    stops = []
    for _ in range(250):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is not None and stop["known"]:
            break
        if stop is not None:
            stops.append(stop)
    assert len(stops) > 30
    assert [stop for stop in stops if not stop["seen"] or not stop["name"] or ":" in stop["name"][:1]] == []
    assert page.evaluate(MISSED) == []


# Each page with a slider of its own that is alive: what is typed, and what its address then says.
TYPED = {
    "label_smoothing": ("label_smoothing.eps", "0,25", "0.25"),
    "tta": ("tta.strength", "2,5", "2.5"),
    "mixup": ("mixup.alpha", "1.5", "1.5"),
    "resizing": ("resizing.min_scale", "0.5", "0.5"),
    "": ("chapter.by", "seconds", "seconds"),
}

FOLDED = {"mixup.alpha", "resizing.min_scale", "chapter.by"}


@pytest.mark.parametrize("address", TYPED)
def test_a_value_is_typed_on_a_slider_and_one_that_it_lacks_is_refused(
    address: str, server, go: Callable[[str], Page]
) -> None:
    key, typed, told = TYPED[address]
    page = go(f"{server.url}/{address}")
    if key in FOLDED:
        unfold(page, key)
    knob = slider(page, key)
    knob.focus()
    assert knob.get_attribute("aria-valuetext") and knob.get_attribute("aria-label")
    page.keyboard.press("7")
    field = page.locator(".sota-typed input")
    field.fill("77777")
    field.press("Enter")
    expect(page.locator(".sota-typed [role=alert]")).to_contain_text("77777 is not on this slider")
    field.fill(typed)
    field.press("Enter")
    page.wait_for_url(f"**{key}={told}*")
    expect(page.locator(".sota-typed")).to_have_count(0)
    expect(knob).to_be_focused()


@pytest.mark.parametrize(("address", "key", "typed"), [("resizing", "resizing.size", "64"), ("mixup", "lam", "0.25")])
def test_a_finger_opens_a_field_on_the_number_that_is_shown(
    address: str, key: str, typed: str, server, browser: Browser
) -> None:
    """Streamlit's slider and the blend's own, on a phone: tapped, typed, set by the field's button."""
    page = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{server.url}/{address}")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
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
