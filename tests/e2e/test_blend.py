"""Dragging the mix of two pictures: sixty frames a second, no message to the server, and the right pixels."""

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.knobs import SET, WATCH, silence
from tests.e2e.mixing import mixed, pixels, wait_for_mix

pytestmark = pytest.mark.slow


# The messages on their way to the server.
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


def test_its_pixels_are_the_formula_s_and_a_drag_sends_nothing_and_its_release_tells_python(mix: Page) -> None:
    slider = mix.locator("input[type=range][aria-label=λ]").first
    for lam in (0.0, 0.25, 0.6, 1.0):
        slider.fill(str(round(100 * lam)))
        expect(mix.locator(".lam").first).to_have_text(f"λ = {lam:.2f}")
        wait_for_mix(mix, lam)  # the numbers appear before the picture is painted
        error = np.abs(pixels(mix).astype(float) - mixed(lam)).max()
        assert error <= 1, lam  # of 255
    silence(mix)
    box = slider.bounding_box()
    assert box is not None
    asked: list[str] = []

    def note(request) -> None:
        asked.append(request.url)

    for what in ("websocket", "request"):
        mix.on(what, note)
    y = box["y"] + box["height"] / 2
    mix.mouse.move(box["x"] + 0.6 * box["width"], y)
    mix.mouse.down()
    shown = set()
    for i in range(60):
        mix.mouse.move(box["x"] + (0.6 - 0.005 * i) * box["width"], y)
        shown.add(slider.input_value())
    assert len(shown) > 20  # the picture did change during the drag
    assert mix.evaluate("window.sent") == 0 and not asked
    for what in ("websocket", "request"):
        mix.remove_listener(what, note)
    mix.mouse.up()
    mix.wait_for_function("window.sent >= 1")
    mix.wait_for_url("**/?lam=0.*")
    lam = int(slider.input_value()) / 100
    expect(mix.locator("output").first).to_have_text(f"{round(100 * lam)}\u00a0%")
    mix.wait_for_url(lambda url: url.endswith(f"/?lam={lam}"))  # Python has the value and writes it into the address

    # a double click glides to the default
    mix.locator(".lam").first.evaluate(NOTE)
    slider.dispatch_event("dblclick")
    mix.wait_for_url(lambda url: url.endswith("/?lam=0.6"))
    expect(mix.locator(".lam").first).to_have_text("λ = 0.60")
    assert len(set(mix.evaluate("window.noted"))) > 2


def test_the_tab_key_reaches_the_slider_where_its_focus_is_seen_arrows_move_it_and_a_reader_is_told(mix: Page) -> None:
    slider = mix.locator("input[type=range][aria-label=λ]").first
    for _ in range(60):  # past the navigation and everything above the slider
        mix.keyboard.press("Tab")
        if slider.evaluate("e => e.getRootNode().activeElement === e"):
            break
    else:
        pytest.fail("the slider is not reached by the tab key")
    assert slider.evaluate("e => getComputedStyle(e).outlineStyle !== 'none' && e.matches(':focus-visible')")
    for key, lam, balloon in (("ArrowLeft", "0.59", 59), ("ArrowRight", "0.6", 60), ("ArrowRight", "0.61", 61)):
        mix.keyboard.press(key)
        words = f"λ = {balloon / 100:.2f}: {balloon}\u00a0% balloon, {100 - balloon}\u00a0% lighthouse"
        expect(slider).to_have_attribute("aria-valuetext", words)
        mix.wait_for_url(f"**/?lam={lam}")

    # a paint takes less than a frame: the blend and its layout, without the wait for the frame
    mix.evaluate(WATCH)
    for lam in range(60):
        slider.evaluate(SET, str(lam))
    paints = sorted(mix.evaluate("window.paints"))
    assert len(paints) >= 3 * 60  # a step has three frame callbacks: the paint, and two that wait for it
    assert paints[len(paints) * 5 // 6] <= 16.7  # the middle of the slowest third


def test_what_was_not_pressed_on_the_picture_moves_no_lambda(mix: Page) -> None:
    """Neither a press that begins outside the picture and ends on it, nor one with another mouse button."""
    slider, canvas = mix.locator("input[type=range][aria-label=λ]").first, mix.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    silence(mix)
    box = canvas.bounding_box()
    assert box is not None
    inside = (box["x"] + 0.2 * box["width"], box["y"] + box["height"] / 2)
    mix.mouse.move(box["x"] + box["width"] / 2, box["y"] - 10)
    mix.mouse.down()
    mix.mouse.move(*inside)
    mix.mouse.up()
    assert slider.input_value() == "60"
    mix.mouse.click(*inside, button="right")
    mix.wait_for_timeout(500)
    assert slider.input_value() == "60" and mix.evaluate("window.sent") == 0
    mix.mouse.click(*inside)
    expect(slider).to_have_value("20")  # with the next frame
