"""Moves controls in a browser: drags them with the mouse, walks them step by step, and reads what the page shows
meanwhile.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from playwright.sync_api import Locator, Page

from pages.shared.components.stage import css_class

# Counts what leaves the page, and times each frame from its callback to the end of its layout.
WATCH = """() => {
  window.sent = 0; window.sentAt = performance.now(); window.paints = [];
  if (window.isWatched) return;
  window.isWatched = true;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...a) {
    window.sent++; window.sentAt = performance.now();
    return send.apply(this, a);
  };
  const frame = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (call) => frame((at) => {
    const begin = performance.now(); call(at);
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.paints.push(performance.now() - begin);
    channel.port2.postMessage(0);
  });
}"""

# slot → what it shows, for every `data-live` place of a stage
SHOWN = """(stage) => {
  const found = {};
  const look = (root) => {
    for (const element of root.querySelectorAll(`[data-stage="${stage}"] [data-live]`))
      for (const pair of element.dataset.live.split(" ")) {
        const [what, slot] = pair.split(":");
        found[slot] = what === "text" ? element.textContent
          : what.startsWith("--") ? element.style.getPropertyValue(what) : element.getAttribute(what);
      }
    for (const element of root.querySelectorAll("*")) if (element.shadowRoot) look(element.shadowRoot);
  };
  look(document);
  return found;
}"""

# A key or a hand that rests is told to the server after 5 s instead of a quarter of one.
REST_LONG = """() => {
  const wait = window.setTimeout;
  window.setTimeout = (then, ms, ...rest) => wait(then, ms === 250 ? 5000 : ms, ...rest);
}"""
# Sets a range input the way a screen reader does; resolves once the frame is painted.
SET = """(input, value) => {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, value);
  input.dispatchEvent(new Event("input", { bubbles: true }));
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


# A fold grows for half a second when it opens: a press sooner than a person's would be released next to its target.
IS_STILL = """() => {
  const ending = document.getAnimations().filter((one) => one.effect.getTiming().iterations !== Infinity);
  const ended = Promise.all(ending.map((one) => one.finished.catch(() => {})));
  return Promise.race([ended, new Promise((done) => setTimeout(done, 2000))]); // one may be paused
}"""

# The page has the answers to all its requests and has sent none for so long. The margin is needed because sections that
# follow a stage send theirs a moment after a run has ended.
IS_SILENT = """(ms) => {
  const state = document.querySelector("[data-testid=stApp]").dataset.testScriptState;
  if (state !== "notRunning") window.sentAt = performance.now();
  return performance.now() - window.sentAt > ms;
}"""
STOP = ".st-key-stop button:visible"  # a run's own; Streamlit shows another at the top while a script runs long
A_MOMENT_MS = 500
LOOK_MS = 50  # between two looks through the whole page, which are too costly for every frame

# How many messages had been sent when the address changed. Counted in the page, because sections further down send more
# a moment later.
SENT_BY_THEN = """([address, name]) => location.href !== address && location.search.includes(name) && window.sent"""
BUSY_FRAME_MS = 2 * 16.7  # allows for a busy machine; benchmarks/ has the budget of a quiet one


# The focused element, through shadow roots: its name, whether it is on the screen, and whether this has returned it
# before.
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


def silence(page: Page, ms: float = A_MOMENT_MS) -> None:
    """Wait until the page has sent nothing for this long, then start counting what it sends and paints."""
    page.evaluate(WATCH)
    page.wait_for_function(IS_SILENT, arg=ms, polling=LOOK_MS)
    page.evaluate(WATCH)


# Walks all steps in one call: a round trip to the browser for each would cost more than the step itself.
WALK = f"""async (input, [stage, values]) => {{
  const set = {SET}, shown = {SHOWN}, found = [];
  for (const value of values) {{
    await set(input, value);
    found.push(shown(stage));
  }}
  return JSON.stringify(found);
}}"""


def slider(page: Page, key: str) -> Locator:
    """The range input of a slider, by its key."""
    return page.locator(f".{css_class(key)} input[type=range]").first


def number(page: Page, key: str) -> Locator:
    """A number field's input, by its key."""
    return page.locator(f".{css_class(key)} input")


def unfold(page: Page, key: str) -> None:
    """Open the fold that holds the element with this key, unless it is open, and bring the element into view."""
    element = page.locator(f".{css_class(key)}").first
    element.wait_for(state="attached")
    fold = page.locator("details").filter(has=page.locator(f".{css_class(key)}"))
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
        page.evaluate(IS_STILL)
    element.scroll_into_view_if_needed()


def shown(page: Page, stage: str) -> dict[str, str]:
    """slot → text, width or path, as the places of a stage show it."""
    return page.evaluate(SHOWN, stage)


def wait_for(page: Page, stage: str, **slots: str) -> None:
    """Wait until these slots show these words."""
    for slot, words in slots.items():
        says = f"([stage, slot, words]) => ({SHOWN})(stage)[slot] === words"
        page.wait_for_function(says, arg=[stage, slot, words], polling=LOOK_MS)


# Between two of Python's answers a stage has no data and ignores keys.
IS_ANSWERED = """([name, knobs]) => {
  const data = globalThis.sotaStages?.get(name)?.data;
  return data && Object.entries(knobs).every(([knob, value]) =>
    Math.abs(data.knobs[knob].values[data.at[knob]] - value) < 1e-6);
}"""


def answered(page: Page, stage: str, **knobs: float) -> None:
    """Wait until Python has answered with these values of a stage's knobs."""
    page.wait_for_function(IS_ANSWERED, arg=[stage, knobs])


def drag(page: Page, key: str, n_moves: int = 60) -> tuple[int, list[float]]:
    """Drag a slider from its end to its start, back, and to 0.6 of its track; returns the number of messages sent and
    the milliseconds of each paint.

    It begins once the page is silent, because sections further down send requests when they come near. The mouse
    button stays down.
    """
    silence(page)
    track = page.locator(f".{css_class(key)} [role=group]").first.bounding_box()
    thumb = slider(page, key).bounding_box()
    assert track is not None and thumb is not None
    y = thumb["y"] + thumb["height"] / 2
    page.mouse.move(thumb["x"], y)  # the input is wider than its visible part, which is clipped to the thumb
    page.mouse.down()
    for i in range(n_moves):
        way = abs(i - n_moves / 2) / (n_moves / 2)  # 1 … 0 … 1
        page.mouse.move(track["x"] + 5 + (track["width"] - 10) * way, y)
    page.mouse.move(track["x"] + 0.6 * track["width"], y)
    page.wait_for_timeout(100)
    return page.evaluate("window.sent"), page.evaluate("window.paints")


def drag_out_and_back(page: Page, hand: Locator) -> None:
    """Drag the thumb of a range input to the left, and let it go where it was pressed."""
    silence(page)
    box = hand.bounding_box()
    assert box is not None
    at, share = hand.input_value(), float(hand.evaluate("one => one.value / one.max"))
    left, width, y = box["x"] + 8, box["width"] - 16, box["y"] + box["height"] / 2
    page.mouse.move(left + share * width, y)
    page.mouse.down()
    page.mouse.move(left + 0.3 * width, y, steps=5)
    assert hand.input_value() != at
    page.mouse.move(left + share * width, y, steps=5)
    assert hand.input_value() == at
    page.mouse.up()


def let_go(page: Page, told: str) -> int:
    """Let the mouse button go; returns the number of messages sent when the address has changed and has these words."""
    address = page.url
    page.mouse.up()
    return page.wait_for_function(SENT_BY_THEN, arg=[address, told]).json_value()


def drag_is_told_once(page: Page, stage: str, key: str, least: int = 5) -> None:
    """A drag moves the stage with at least `least` paints and sends nothing; letting go sends one message and changes
    the address.
    """
    before = shown(page, stage)
    sent, paints = drag(page, key)
    assert sent == 0 and len(paints) >= least, (key, sent, len(paints))
    assert shown(page, stage) != before, key
    assert let_go(page, f"{key}=") == 1, key
    assert sorted(paints)[len(paints) // 2] <= BUSY_FRAME_MS, key


def walk(page: Page, stage: str, key: str, values: Sequence[Any]) -> Iterator[tuple[Any, dict[str, str]]]:
    """Each value of a knob with what the stage shows there; `values` are the input's own. Afterwards the input has its
    old value again.

    The walk sends nothing to the server.
    """
    input = slider(page, key)
    steps = [*map(str, values), input.input_value()]
    return zip(values, json.loads(input.evaluate(WALK, [stage, steps])), strict=False)
