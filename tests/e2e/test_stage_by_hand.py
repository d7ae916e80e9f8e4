"""A stage's script alone, without a server: what it sends and announces, with one slider, prepared answers and faked
timers.
"""

import base64
from collections.abc import Callable, Mapping
from types import ModuleType

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from pages.shared.components import blend, files, range_input, stage
from pages.shared.components.stage import Stage
from sota_core.figures.frames import Knob, Slots, span
from sota_core.figures.pictures import data_uri

pytestmark = pytest.mark.slow
KNOB = Knob("eps", "a.eps", span(0, 1, 0.05), 0.1)
LAM = blend.knob(0.6)

# A slider as Streamlit draws it, the stage, and one of its places.
HTML = """<div data-testid="stApp"></div>
<div class="st-key-a-eps"><input type="range" aria-label="ε" min="0" max="1" step="0.05" value="0.5"></div>
<div id="stage"><p class="said"></p></div>"""
TIMERS = """() => {
  window.later = setTimeout.bind(window);
  window.timers = new Map();
  window.setTimeout = (call, ms) => { const id = Math.random(); timers.set(id, [call, ms]); return id; };
  window.clearTimeout = (id) => timers.delete(id);
  window.rest = () => { for (const [id, [call, ms]] of [...timers]) if (ms < 5000) { timers.delete(id); call(); } };
  window.asked = [];
  window.told = [];
  const said = document.querySelector(".said");
  new MutationObserver(() => told.push(said.textContent)).observe(said, { childList: true, subtree: true });
}"""
# Gives Python's answers one after the other, and waits for the last. If `isRested`, the control then comes to rest.
ANSWER = """async ([answers, isRested]) => {
  for (const answer of answers) {
    const before = sotaStage("a").data;
    window.leave = component({
      data: Uint8Array.from(atob(answer), (byte) => byte.charCodeAt(0)),
      setTriggerValue: (_, value) => asked.push(value),
      parentElement: document.querySelector("#stage"),
    });
    while (sotaStage("a").data === before || !sotaStage("a").data) await new Promise((done) => later(done, 1));
  }
  if (isRested) rest();
  await new Promise((done) => later(done, 1));
  return told;
}"""


def words_of(eps: float) -> Slots:
    return {"eps": f"{eps:.2f}"}


def said(eps: float) -> Slots:
    return {"said": f"ε is {eps:.2f}."}


def answer(value: float, of: Knob) -> str:
    views = ((), ()) if of is LAM else ((words_of,), (said,))
    return base64.b64encode(Stage("a", {of.name: value}, (of,), *views).packed()).decode()


@pytest.fixture
def answered(page: Page) -> Callable[..., list[str]]:
    """answered(*values): draw the stage with these values, one after the other; returns everything announced so far."""
    page.goto("about:blank")
    page.set_content(HTML)
    page.evaluate(TIMERS)
    page.add_script_tag(
        content=files.together(stage.__file__).replace("export default function", "window.component = function")
    )
    return lambda *eps, is_rested=True, of=KNOB: page.evaluate(ANSWER, [[answer(one, of) for one in eps], is_rested])


def test_a_reader_is_told_what_is_left_once_and_nothing_on_arrival(answered, page: Page) -> None:
    assert answered(0.5) == []
    assert answered(*(0.5 + i / 20 for i in range(1, 10)), is_rested=False) == []
    assert answered(1.0) == ["ε is 1.00."]
    assert answered(1.0) == ["ε is 1.00."]  # the same value again is not announced
    page.evaluate("leave()")  # to another page and back, where the control now has another value
    assert answered(0.1) == ["ε is 1.00."]
    assert answered(0.15) == ["ε is 1.00.", "ε is 0.15."]


def test_a_hand_quicker_than_the_arrival_is_told_what_it_has_left(answered) -> None:
    assert answered(0.5, 0.55) == ["ε is 0.55."]  # no rest between the two values


def test_shift_goes_ten_steps_a_double_click_home_and_a_value_is_typed_or_refused(answered, page: Page) -> None:
    answered(0.5)
    slider = page.locator("input[type=range]")
    assert page.locator(".st-key-a-eps").get_attribute("title", timeout=0) == (
        "Click the number, or type, for an exact value. Double click: the default."
    )
    slider.press("Shift+ArrowLeft")
    slider.press("Shift+ArrowRight")
    slider.dispatch_event("dblclick")
    slider.press("7")
    field = page.locator(".sota-typed input")
    assert field.input_value() == "7"
    field.press("Enter")
    refused = page.locator(".sota-typed [role=alert]").text_content()
    assert refused == "7 is not on this slider: from 0 to 1 in steps of 0.05."
    field.fill("0,85")
    field.press("Enter")
    home = KNOB.values.index(0.1)
    assert page.evaluate("asked") == [{"knob": "eps", "step": step} for step in (0, 20, home, 17)]
    assert page.locator(".sota-typed").count() == 0


@pytest.mark.parametrize("typed", ["-0,5", "−0.5", "–0.5"])
def test_a_minus_may_be_a_hyphen_or_the_dash_a_phone_makes_of_two(answered, page: Page, typed: str) -> None:
    below = Knob("eps", "a.eps", span(-1, 1, 0.25), 0)
    answered(0.0, of=below)
    page.locator("input[type=range]").dispatch_event("keydown", {"key": typed[0]})
    page.locator(".sota-typed input").fill(typed)
    page.locator(".sota-typed button").click()
    assert page.evaluate("asked") == [{"knob": "eps", "step": below.values.index(-0.5)}]


HAND = """([html, data]) => {
  const place = document.createElement("div");
  place.innerHTML = html;
  document.body.append(place);
  ours({ data, parentElement: place });
  place.className = "ours";
}"""
RANGE = {"label": "ε", "words": [f"{eps:.2f}" for eps in KNOB.values], "stage": "a", "knob": "eps", "type": ""}
BLANK = data_uri(np.zeros((1, 1, 3), np.uint8))
MIX = {"a": BLANK, "b": BLANK, "name_a": "A", "name_b": "B", "stage": "a", "invites": False, "laid": "", "type": ""}


def test_a_press_on_the_button_of_the_field_leaves_the_focus_in_it(answered, page: Page) -> None:
    """Safari gives a pressed button no focus: the field would be left, and gone before the button is let go."""
    answered(0.5)
    page.locator("input[type=range]").press("0")
    field, button = page.locator(".sota-typed input"), page.locator(".sota-typed button").bounding_box()
    field.fill("0.85")
    assert button is not None
    page.mouse.move(button["x"] + 5, button["y"] + 5)
    page.mouse.down()
    assert field.evaluate("one => one === document.activeElement")
    page.mouse.up()
    assert page.evaluate("asked") == [{"knob": "eps", "step": 17}]
    assert page.locator(".sota-typed").count() == 0


def hand_of_ours(page: Page, module: ModuleType = range_input, data: Mapping[str, object] = RANGE) -> Locator:
    """A range input of our own, drawn where the stage is."""
    of = str(module.__file__)
    script = files.together(of).replace("export default function", "window.ours = function")
    page.add_script_tag(content=f"(() => {{{script}}})()")
    page.evaluate(HAND, [files.read(files.script(of).with_suffix(".html")), data])
    return page.locator(".ours input")


def test_a_hand_of_ours_moves_at_once_is_told_once_and_no_earlier_answer_moves_it(answered, page: Page) -> None:
    ours = hand_of_ours(page)
    answered(0.5)

    def shown() -> tuple[str | None, str | None, int]:
        text = page.locator(".ours button").text_content()
        return ours.get_attribute("aria-valuetext"), text, page.evaluate("sotaStage('a').shown.eps")

    assert shown() == ("0.50", "0.50", 10)
    ours.press("ArrowRight")
    ours.press("ArrowRight")
    assert shown() == ("0.60", "0.60", 12) and page.evaluate("asked") == []
    page.evaluate("rest()")
    ours.press("End")
    page.evaluate("rest()")
    assert page.evaluate("asked.map((one) => one.step)") == [12, 20]
    answered(0.6)  # the answer to the first value sent
    assert shown() == ("1.00", "1.00", 20)
    answered(1.0)
    answered(0.25)  # as after Back or a reset
    assert shown() == ("0.25", "0.25", 5)
    ours.press("ArrowRight")
    page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")  # Back, before the control has come to rest
    page.evaluate("rest()")
    assert shown() == ("0.25", "0.25", 5)
    assert page.evaluate("asked.map((one) => one.step)") == [12, 20]
    ours.press("Shift+ArrowLeft")
    page.evaluate("rest()")
    ours.dispatch_event("dblclick")
    page.evaluate("rest()")
    assert page.evaluate("asked.map((one) => one.step)") == [12, 20, 0, 2]
    ours.press("End")
    ours.press("7")  # before the value of End was sent, which must go first
    page.evaluate("rest()")
    page.locator(".sota-typed input").fill("0.75")
    page.locator(".sota-typed button").click()
    page.evaluate("rest()")
    assert page.evaluate("asked.slice(4).map((one) => one.step)") == [20, 15]


def test_a_finger_that_scrolls_past_a_hand_of_ours_moves_nothing_whatever_it_did_before(answered, page: Page) -> None:
    """On the thumb nothing moves before the browser takes the touch for a scroll; on the track the value has jumped
    under the finger.
    """
    ours = hand_of_ours(page)
    answered(0.5)
    ours.fill("12")
    page.evaluate("rest()")
    answered(0.6)
    ours.dispatch_event("pointercancel")
    page.evaluate("rest()")
    assert ours.input_value() == "12" and page.evaluate("asked.map((one) => one.step)") == [12]
    ours.evaluate("(one) => { one.value = 3; one.dispatchEvent(new InputEvent('input', { bubbles: true })); }")
    ours.dispatch_event("pointercancel")
    page.evaluate("rest()")
    assert ours.input_value() == "12" and page.evaluate("asked.map((one) => one.step)") == [12]


def test_a_mix_held_while_its_answer_comes_goes_where_a_link_leads_next(answered, page: Page) -> None:
    """The link led back to where the answered move had begun: that counted as an answer still on its way."""
    ours = hand_of_ours(page, blend, MIX)
    answered(0.5, of=LAM)
    expect(ours).to_have_value("50")  # with the next frame
    ours.press("ArrowRight")
    page.evaluate("rest()")
    ours.evaluate("(one) => one.dispatchEvent(new InputEvent('input', { bubbles: true }))")  # it is held once more
    answered(0.51, of=LAM)
    ours.dispatch_event("change")
    page.evaluate("rest()")
    assert page.evaluate("asked.map((one) => one.step)") == [51]
    answered(0.5, of=LAM)
    expect(ours).to_have_value("50")


def test_where_no_answer_comes_a_hand_and_what_it_has_moved_go_back_together(answered, page: Page) -> None:
    ours = hand_of_ours(page)
    answered(0.5)
    ours.press("ArrowRight")
    page.evaluate("rest()")
    assert page.evaluate("sotaStage('a').shown.eps") == 11
    page.evaluate("for (const [call] of timers.values()) call()")  # the ten seconds are over
    assert ours.input_value() == "10"
    assert page.evaluate("sotaStage('a').shown.eps") == 10


def test_nothing_is_said_while_the_knob_is_moved_again(answered, page: Page) -> None:
    answered(0.5)
    answered(0.55, is_rested=False)
    page.locator("input[type=range]").dispatch_event("pointerdown")
    page.evaluate("rest()")
    assert page.evaluate("told") == []
    page.evaluate("dispatchEvent(new Event('pointerup'))")
    page.evaluate("rest()")
    page.wait_for_function("told.length")
    assert page.evaluate("told") == ["ε is 0.55."]


def test_a_press_that_was_held_as_one_left_is_over_as_one_comes_back(answered, page: Page) -> None:
    """The end of such a press reached nobody: the control counted as held, and nothing was announced until the next
    press.
    """
    answered(0.5)
    page.locator("input[type=range]").dispatch_event("pointerdown")
    page.evaluate("leave()")
    assert answered(0.1) == []
    assert answered(0.15) == ["ε is 0.15."]


def test_what_a_hand_of_ours_had_told_moves_no_stage_once_its_page_is_left(answered, page: Page) -> None:
    """It waits ten seconds for the answer, and the visitor may be back by then."""
    page.add_script_tag(content=files.read(files.SHARED / "hand.js"))
    answered(0.5)
    page.evaluate("""() => {
      window.left = new sotaHand(sotaStage("a"), "eps");
      left.attach(() => {}, () => true);
      left.hold();
      left.move(20);
      left.tell();
      left.leave();
    }""")
    answered(0.1)
    page.evaluate("for (const [call] of timers.values()) call()")
    assert page.evaluate("sotaStage('a').shown.eps") == 2
