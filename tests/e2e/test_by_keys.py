"""Without a mouse: a first run, a room and the questionnaire are reached with Tab and operated with Enter and Space."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from sota_core.learn.question import LETTERS, Choice
from sota_core.learn.questions import questions
from tests.e2e.knobs import FOCUSED, silence
from tests.runs.told import begin, finish

pytestmark = pytest.mark.slow
MOST = 150  # Tab stops between two presses; the longest page, unfolded, has fewer
HAS_FOCUS = """(node) => {
  const { activeElement } = node.getRootNode();
  return activeElement !== null && (node === activeElement || node.contains(activeElement));
}"""


def seen(page: Page) -> None:
    """Wait until the focused element is on the screen."""
    try:
        page.wait_for_function(f"() => ({FOCUSED})()?.seen", timeout=10_000)
    except PlaywrightTimeout:
        raise AssertionError(f"the focus must be on the screen, and is on {page.evaluate(FOCUSED)}") from None


def reach(page: Page, target: Locator) -> None:
    """Press Tab from the current focus until this element has it; it must then be on the screen."""
    target.wait_for(state="attached")
    for _ in range(MOST):
        if target.evaluate(HAS_FOCUS):
            seen(page)
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} was not reached by {MOST} presses of Tab")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Reach it and press a key on it; afterwards the focus is on something visible."""
    reach(page, target)
    page.keyboard.press(key)
    silence(page)
    seen(page)


def type_in(page: Page, target: Locator, text: str) -> None:
    reach(page, target)
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    silence(page)
    seen(page)


@pytest.mark.timeout(600)
def test_a_first_run_is_started_guessed_watched_to_its_end_and_changed(
    idle_server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(idle_server.url)
    press(page, page.locator(".st-key-home-run button"))
    page.wait_for_url("**/train?run=*")
    run_id = re.search(r"run=([^&]+)", page.url)[1]  # type: ignore[index]

    press(page, page.locator("summary").filter(has_text="Predict its accuracy"))
    type_in(page, page.locator(f".st-key-guess-value-{run_id} input"), "61.5")
    press(page, page.locator(f".st-key-guess-seal-{run_id} button"))
    expect(page.get_by_text("Your guess, 61.5\u00a0%, is sealed")).to_be_visible()

    store = idle_server.store()
    assert begin(store).id == run_id
    finish(store, run_id, 0.60)
    expect(page.locator("#sota-told")).to_contain_text("60.0\u00a0%")
    seen(page)
    press(page, page.get_by_role("link", name="Change it").first)
    page.wait_for_url(re.compile(r"/train\?(?!.*run=).*recipe="))
    reach(page, page.locator(".st-key-lab-start button"))
    assert complaints == []


@pytest.mark.timeout(600)
def test_a_room_is_opened_named_and_its_first_run_stands_on_the_board(
    idle_server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{idle_server.url}/room")
    press(page, page.locator(".st-key-room-new button"))
    page.wait_for_url("**/room?room=*")
    code = page.url.rsplit("=", 1)[1]
    type_in(page, page.locator(".st-key-room-name input"), "Ann")
    type_in(page, page.locator(".st-key-guess-next input"), "70")
    press(page, page.locator(".st-key-guess-next-seal button"))
    expect(page.get_by_text("Your guess for the next run, 70.0\u00a0%, is sealed")).to_be_visible()

    press(page, page.get_by_role("link", name="Start a run in this room"))
    page.wait_for_url(f"**/train?*room={code}*")
    press(page, page.locator(".st-key-lab-start button"))
    page.wait_for_url("**/train?*run=*")
    press(page, page.get_by_role("link", name=code).first)
    page.wait_for_url(f"**/room?room={code}")
    expect(page.locator("table")).to_contain_text("you")
    assert [run.nickname for run in idle_server.store().history.latest(1)] == ["Ann"]

    press(page, page.locator(".st-key-room-leave button"))
    page.wait_for_url(f"{idle_server.url}/room")
    type_in(page, page.locator(".st-key-room-join input"), code.lower())
    press(page, page.locator(".st-key-room-go button"))
    expect(page.get_by_role("heading", name=code)).to_be_visible()
    assert complaints == []


@pytest.mark.timeout(600)
def test_questions_are_answered_and_left(server, go: Callable[[str], Page], complaints: list[str]) -> None:
    page = go(f"{server.url}/questionnaire")
    verdict = page.locator(".st-key-questionnaire-verdict")
    for question, right in zip(questions(), ("bc", "2", "b"), strict=False):
        control = page.locator(f"[class*=st-key-questionnaire-{question.id}]")
        if isinstance(question, Choice):
            for letter in right:
                option = question.options[LETTERS.index(letter)].text
                box = control.locator("label").filter(has_text=option).locator("input")
                if question.many:
                    press(page, box, "Space")
                else:
                    choose(page, control, box)
        else:
            type_in(page, control.locator("input"), right)
        expect(verdict).to_contain_text("Right.")
        press(page, page.locator(".st-key-questionnaire-next button"))
        expect(verdict.get_by_text("Right.")).to_have_count(0)
    expect(page.locator("[data-testid=stProgress]")).to_contain_text("3 of 14 right")
    assert complaints == []


def choose(page: Page, group: Locator, option: Locator) -> None:
    """Choose one option of a group: Tab comes to the group, arrow keys move within it."""
    reach(page, group.first)
    for _ in range(len(LETTERS)):
        if option.evaluate(HAS_FOCUS):
            break
        page.keyboard.press("ArrowDown")
        silence(page)
    if not option.is_checked():
        page.keyboard.press("Space")
        silence(page)
    expect(option).to_be_checked()
    seen(page)


LETS_PAST = """(hand, [key, modifier]) => hand.dispatchEvent(
  new KeyboardEvent("keydown", { key, [modifier]: true, bubbles: true, composed: true, cancelable: true }))"""


@pytest.mark.parametrize(
    ("address", "hand", "key"),
    [
        ("mixup", "[role=slider][aria-label='Centre of the box']", "ArrowLeft"),
        ("normalization?normalization.stats=typed", "[role=slider][data-hand=mean_r]", "ArrowLeft"),
        ("resizing?resizing.loupe=4+%C3%97", "canvas.now", "ArrowLeft"),
        ("label_smoothing", ".st-key-label_smoothing-eps input[type=range]", "1"),
    ],
)
def test_a_key_with_alt_ctrl_or_meta_is_the_browser_s_on_a_hand_of_ours_too(
    server, go: Callable[[str], Page], address: str, hand: str, key: str
) -> None:
    found = go(f"{server.url}/{address}").locator(hand).first
    found.wait_for(state="attached")
    found.page.wait_for_timeout(1000)  # until it listens to keys
    modifiers = {"altKey", "ctrlKey", "metaKey"}
    assert {one for one in modifiers if found.evaluate(LETS_PAST, [key, one])} == modifiers
    assert not found.evaluate(LETS_PAST, [key, "shiftKey"])  # this one is ours
