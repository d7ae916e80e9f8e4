"""The mix of two pictures under a hand: sixty frames a second, no word to the server, and the right pixels."""

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.knobs import SET, WATCH
from tests.e2e.mixing import mixed, pixels, wait_for_mix

pytestmark = pytest.mark.slow


# What a word is on its way.
NOTE = """word => {
  window.noted = [];
  const note = () => window.noted.push(word.textContent);
  new MutationObserver(note).observe(word, { childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture
def mix(server, go: Callable[[str], Page]) -> Page:
    page = go(server.url + "/?lam=0.60")  # an address with λ does not glide in
    expect(page.locator("canvas").first).to_be_visible()
    wait_for_mix(page, 0.6)
    return page


def test_a_drag_sends_nothing_and_its_release_tells_python(server, mix: Page) -> None:
    frames: list[str] = []
    slider = mix.locator("input[type=range][aria-label=λ]").first
    box = slider.bounding_box()
    assert box is not None
    mix.on("websocket", lambda _: frames.append("new connection"))
    # the page's own connection exists already: count what it sends from inside the page
    mix.evaluate(
        """() => { window.sent = 0; const send = WebSocket.prototype.send;
             WebSocket.prototype.send = function (...a) { window.sent++; return send.apply(this, a); }; }"""
    )
    requests: list[str] = []
    mix.on("request", lambda request: requests.append(request.url))
    y = box["y"] + box["height"] / 2
    mix.mouse.move(box["x"] + 0.6 * box["width"], y)
    mix.mouse.down()
    shown = set()
    for i in range(60):
        mix.mouse.move(box["x"] + (0.6 - 0.005 * i) * box["width"], y)
        shown.add(slider.input_value())
    assert len(shown) > 20  # it did move under the hand
    assert mix.evaluate("window.sent") == 0 and not frames and not requests
    mix.mouse.up()
    mix.wait_for_function("window.sent >= 1")
    mix.wait_for_url("**/?lam=0.*")
    lam = int(slider.input_value()) / 100
    expect(mix.locator("output").first).to_have_text(f"{round(100 * lam)}\u00a0%")
    mix.wait_for_url(lambda url: url.endswith(f"/?lam={lam}"))  # Python has it, and says so in the address

    # a double click: by way of what lies between to the default
    mix.locator(".lam").first.evaluate(NOTE)
    slider.dispatch_event("dblclick")
    mix.wait_for_url(lambda url: url.endswith("/?lam=0.6"))
    expect(mix.locator(".lam").first).to_have_text("λ = 0.60")
    assert len(set(mix.evaluate("window.noted"))) > 2


def test_the_browser_s_pixels_are_the_formula_s(server, mix: Page) -> None:
    slider = mix.locator("input[type=range][aria-label=λ]").first
    for lam in (0.0, 0.25, 0.6, 1.0):
        slider.fill(str(round(100 * lam)))
        expect(mix.locator(".lam").first).to_have_text(f"λ = {lam:.2f}")
        wait_for_mix(mix, lam)  # the words are there before the picture is painted
        error = np.abs(pixels(mix).astype(float) - mixed(lam)).max()
        assert error <= 1, lam  # of 255


def test_the_arrow_keys_move_lambda_and_a_reader_is_told(server, mix: Page) -> None:
    slider = mix.locator("input[type=range][aria-label=λ]").first
    slider.focus()
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "λ = 0.61: 61\u00a0% balloon, 39\u00a0% lighthouse")
    mix.wait_for_url("**/?lam=0.61")


def test_the_tab_key_reaches_the_slider_where_its_focus_is_seen_and_arrows_move_it(server, mix: Page) -> None:
    slider = mix.locator("input[type=range][aria-label=λ]").first
    for _ in range(60):  # past the navigation and what stands before it
        mix.keyboard.press("Tab")
        if slider.evaluate("e => e.getRootNode().activeElement === e"):
            break
    else:
        pytest.fail("the slider is not reached by the tab key")
    assert slider.evaluate("e => getComputedStyle(e).outlineStyle !== 'none' && e.matches(':focus-visible')")
    mix.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "λ = 0.59: 59\u00a0% balloon, 41\u00a0% lighthouse")
    mix.wait_for_url("**/?lam=0.59")


def test_a_paint_takes_less_than_a_frame(server, mix: Page) -> None:
    """Time of the blend and its layout, without the wait for the frame: the median, since others use this machine."""
    slider = mix.locator("input[type=range][aria-label=λ]").first
    mix.evaluate(WATCH)
    for lam in range(60):
        slider.evaluate(SET, str(lam))
    paints = sorted(mix.evaluate("window.paints"))
    assert len(paints) >= 3 * 60  # a step has three callbacks: the paint, and two that wait for it
    assert paints[len(paints) * 5 // 6] <= 16.7  # the middle of the slowest third
