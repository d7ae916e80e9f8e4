"""Normalization in a browser: its figures are drawn, follow their controls, and the address has what is shown."""

import io
from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from playwright.sync_api import Page, expect

from pages.parts.normalization import figure
from sota_core.figures import frames
from sota_core.figures.frames import now
from tests.e2e.knobs import REST_LONG, SHOWN, WATCH, answered, drag_is_told_once, let_go, shown, slider, wait_for, walk

pytestmark = pytest.mark.slow
ADDRESS = "/normalization"
STAGE = figure.STAGE
STARTS = tuple(tuple(knob.default for knob in row) for row in (figure.TYPED[:3], figure.TYPED[3:]))
TYPED = f"{ADDRESS}?normalization.stats=typed"
SOON_MS = 4000  # less than a rest of REST_LONG
IN_WORDS = "R: mean 0.000 std 1.000"


def test_every_figure_is_drawn_and_says_what_it_shows_and_a_notice_s_address_brings_its_figure_back(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(server.url + ADDRESS)
    for told in ("before normalization", "After normalization", "as they are", "shown on one grey scale"):
        expect(page.locator(f"[role=img][aria-label*='{told}' i]").first).to_be_visible()
    page.get_by_text("The wrong statistics").click()
    expect(page.locator("[data-testid=stVegaLiteChart]:has(svg.marks):visible")).to_have_count(1)
    images = page.locator("[data-testid=stMain] img").all()
    assert images and not [image for image in images if not image.get_attribute("alt")]

    page.get_by_role("button", name="Eight pictures, their own").click()
    page.wait_for_url(lambda url: "stats=batch" in url and "normalization.bs=8" in url)
    expect(page.locator(f"[aria-label*='{IN_WORDS}']").first).to_be_visible()
    link = page.url
    expect(go(link).locator(f"[aria-label*='{IN_WORDS}']").first).to_be_visible()
    assert page.url == link
    assert complaints == []


@pytest.fixture
def typed(server, go: Callable[[str], Page]) -> Page:
    page = go(server.url + TYPED)
    page.wait_for_function(f"([stage, slot]) => ({SHOWN})(stage)[slot]", arg=[STAGE, "after_B"])
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    return page


def test_a_mark_on_the_histogram_is_the_slider(typed: Page) -> None:
    """Dragged, the mark moves figure and slider without a message; let go, it sends one, and the address has the value.
    Arrow keys move it, a number can be typed on it, and a double click resets it.
    """
    mark, knob = typed.get_by_role("slider", name="Mean of red"), slider(typed, "normalization.mean_r")
    box = mark.bounding_box()
    assert box is not None
    typed.evaluate(WATCH)
    typed.mouse.move(box["x"] + 12, box["y"] + 12)
    typed.mouse.down()
    for i in range(20):
        typed.mouse.move(box["x"] + 12 + 4 * i, box["y"] + 15)
    typed.wait_for_timeout(100)
    said = shown(typed, STAGE)
    assert typed.evaluate("window.sent") == 0
    assert float(said["used_mean_R"]) > 0.6 and said["used_mean_R"] == said["m"] == mark.get_attribute("aria-valuetext")
    assert float(knob.input_value()) == float(said["used_mean_R"]) == pytest.approx(float(said["mean_x_R"]), abs=5e-4)
    moved = mark.bounding_box()
    assert moved is not None and moved["x"] == pytest.approx(box["x"] + 76, abs=3)  # under the pointer, to half a step
    assert let_go(typed, f"mean_r={float(said['used_mean_R']):g}") == 1
    assert shown(typed, STAGE)["used_mean_R"] == said["used_mean_R"] and float(knob.input_value()) == float(said["m"])

    mark = typed.get_by_role("slider", name="Standard deviation of blue")
    start = float(mark.get_attribute("aria-valuenow") or "nan")
    answered(typed, STAGE, mean_r=float(said["m"]))
    for key, value in (("ArrowRight", start + 0.01), ("Shift+ArrowRight", start + 0.11)):
        mark.press(key)
        typed.wait_for_url(f"**std_b={value:.2f}*")
        answered(typed, STAGE, std_b=value)
    mark.press("7")
    field = typed.locator(".sota-typed input")
    field.fill("0.5")
    field.press("Enter")
    typed.wait_for_url("**std_b=0.5*")
    answered(typed, STAGE, std_b=0.5)
    expect(mark).to_be_focused()
    mark.dblclick()
    typed.wait_for_url(lambda url: "std_b" not in url)
    expect(mark).to_have_attribute("aria-valuetext", f"{start:.3f}")

    typed.evaluate(REST_LONG)
    mark.press("ArrowRight")
    typed.get_by_role("heading").first.click()
    typed.wait_for_url(f"**std_b={start + 0.01:.2f}*", timeout=SOON_MS)  # told before what the press elsewhere may ask


# Counts how often a place starts a transition.
GLIDES = """(stage) => {
  window.glides = 0;
  const find = (root) => [...root.querySelectorAll(`[data-stage="${stage}"]`)].concat(
    ...[...root.querySelectorAll("*")].filter((node) => node.shadowRoot).map((node) => find(node.shadowRoot)));
  const isOn = (place) => place.classList.contains("gliding");
  for (const place of find(document))
    new MutationObserver(() => { if (isOn(place)) window.glides++; }).observe(place, { attributeFilter: ["class"] });
}"""


def test_a_reset_glides_and_a_hand_does_not(typed: Page) -> None:
    motions: tuple[Literal["no-preference", "reduce"], ...] = ("no-preference", "reduce")
    for motion in motions:
        typed.emulate_media(reduced_motion=motion)
        typed.evaluate(GLIDES, STAGE)
        knob = slider(typed, "normalization.mean_g")
        knob.press("ArrowRight")
        wait_for(typed, STAGE, used_mean_G="0.460")  # at once, whenever the server's answer comes
        assert typed.evaluate("window.glides") == 0
        typed.wait_for_url("**mean_g=0.46*")
        answered(typed, STAGE, mean_g=0.46)
        typed.evaluate("window.glides = 0")
        knob.dispatch_event("dblclick")
        typed.wait_for_url(lambda url: "mean_g" not in url)
        answered(typed, STAGE, mean_g=0.455)
        wait_for(typed, STAGE, used_mean_G="0.455")
        assert (typed.evaluate("window.glides") > 0) is (motion == "no-preference")


@pytest.fixture
def as_the_server_reads(server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample's pictures read from its folder once, as the server reads them; drawn pictures differ from these by
    JPEG's losses.
    """
    monkeypatch.setenv("SOTA_HOME", str(server.settings.home))
    monkeypatch.setenv("SOTA_DATA_DIR", str(server.settings.data_dir))
    st.cache_data.clear()
    st.cache_resource.clear()
    frames.shown.cache_clear()


def test_every_step_shows_what_the_maths_says_and_a_drag_is_told_once(typed: Page, as_the_server_reads: None) -> None:
    at = figure.at(figure.Chosen("sample", "typed", STARTS, 64, 0, "scale"))
    knobs = {knob.name: knob for knob in figure.knobs("typed")}
    for of in (knobs["mean_g"], knobs["std_g"], knobs["bs"]):
        says = list(range(len(of.values))) if of.is_choice else of.values
        for value, (_, seen) in zip(of.values, walk(typed, STAGE, of.control, says), strict=True):
            expected = now({**at, of.name: value}, figure.VIEWS)
            told = expected.keys() & seen.keys()
            assert {slot: seen[slot] for slot in told} == {slot: expected[slot] for slot in told}, (of.name, value)
            assert len(told) > 40

    # the browser's first picture against the straight line it was sent
    sheet = typed.locator(".st-key-normalization-pictures svg.sheet")
    before, after = (np.asarray(Image.open(io.BytesIO(sheet.nth(i).screenshot())).convert("RGB")) for i in (0, 1))
    height, width = min(before.shape[0], after.shape[0]), min(before.shape[1], after.shape[1])
    told = shown(typed, STAGE)
    # the middle of the first picture, away from edges, where scaling would blur
    at = np.s_[height // 5 : height // 4, width // 10 : width // 8]
    for c, name in enumerate("RGB"):
        line = float(told[f"slope_{name}"]) * before[at][..., c] / 255 + float(told[f"shift_{name}"])
        assert np.abs(255 * np.clip(line, 0, 1) - after[at][..., c]).mean() <= 2

    for name in ("mean_r", "std_b", "bs"):
        drag_is_told_once(typed, STAGE, f"normalization.{name}", least=3)
    seed = typed.get_by_role("spinbutton", name="Seed")
    seed.fill("12")
    seed.press("Enter")
    typed.wait_for_url("**seed=12**")
    assert "normalization.mean_r=" in typed.url and "normalization.std_b=" in typed.url


def test_on_a_phone_what_the_statistics_do_is_in_sight_of_their_control(server, go: Callable[[str], Page]) -> None:
    page = go(server.url + ADDRESS)
    page.set_viewport_size({"width": 390, "height": 844})
    control = page.locator(".st-key-normalization-stats")
    page.locator("svg.sheet").last.wait_for()
    control.evaluate("(one) => one.scrollIntoView({ block: 'end' })")
    expect(control).to_be_in_viewport(ratio=1)
    expect(page.locator("[aria-label*='each channel after normalization']").first).to_be_in_viewport(ratio=1)
    expect(page.locator("svg.sheet").last).to_be_in_viewport(ratio=1)
