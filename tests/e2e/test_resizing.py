"""Progressive resizing in a browser: figures are drawn, pixels are exact, and the address has the plan."""

import base64
import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from pages.parts.resizing import presizing, size
from pages.parts.resizing.plan import STAGE, knobs
from sota_core.data.pictures.view import squared
from sota_core.figures.frames import now
from sota_core.figures.resizing import plan_views, presizing_views, sizes
from sota_core.figures.resizing.sizes import SIZES
from tests.e2e.knobs import IS_STILL, SET, drag, drag_is_told_once, let_go, shown, slider, unfold, wait_for, walk

pytestmark = pytest.mark.slow
ADDRESS = "/resizing"
AT = {
    "phases": 2, "size1": 128, "bs1": 128, "epochs1": 4,
    "size2": 224, "bs2": 64, "epochs2": 6, "size3": 256, "bs3": 32, "epochs3": 2,
}  # fmt: skip


# The canvas's pixels, as rows of red, green, blue.
PIXELS = """(canvas) => {
  const all = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return [...all].filter((_, i) => i % 4 < 3);
}"""


@pytest.fixture
def sized(server, go: Callable[[str], Page]) -> Page:
    page = go(server.url + ADDRESS)
    wait_for(page, size.STAGE, size="128", pixels="16,384")
    page.wait_for_function("() => [...document.querySelectorAll('*')].some((e) => e.shadowRoot?.querySelector("
                           "'canvas.now')?.width === 128)")  # fmt: skip
    return page


def test_every_size_is_pillow_s_to_the_last_pixel_and_is_dragged_without_a_message_and_seen_closer(
    sized: Page, complaints: list[str]
) -> None:
    """The numbers beside it are the maths'."""
    data = (sized.locator(".sized img").get_attribute("src") or "").partition("base64,")[2]
    picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
    at = {"side": picture.width, "loupe": 1, "name": ""}
    canvas = sized.locator("canvas.now")
    for px in SIZES:
        slider(sized, size.KNOB.control).evaluate(SET, str(px))
        seen = shown(sized, size.STAGE)
        drawn = np.array(canvas.evaluate(PIXELS), np.uint8).reshape(px, px, 3)
        np.testing.assert_array_equal(drawn, np.asarray(squared(picture, px, "crop")))
        expected = now(at | {"size": px}, sizes.VIEWS)
        assert {slot: seen[slot] for slot in expected if slot in seen} == {
            s: expected[s] for s in expected if s in seen
        }
        assert {"pixels", "share", "seconds", "total"} <= seen.keys()
    largest = np.array(sized.locator("canvas.largest").evaluate(PIXELS), np.uint8).reshape(224, 224, 3)
    np.testing.assert_array_equal(largest, np.asarray(squared(picture, 224, "crop")))

    slider(sized, size.KNOB.control).evaluate(SET, "128")
    expect(canvas).to_have_attribute("width", "128")
    sent, paints = drag(sized, size.KNOB.control)
    assert sent == 0 and len(paints) >= 3 and canvas.evaluate("(one) => one.width") != 128
    assert let_go(sized, "resizing.size=") == 1
    canvas.dispatch_event("pointercancel")  # as when a finger scrolls past it, while there is nothing to drag
    sized.get_by_role("button", name="64 px, four times closer").click()
    sized.wait_for_url("**loupe=4**")
    expect(sized.get_by_label("at 64 px, a piece of it enlarged 4 times")).to_be_visible()
    expect(canvas).to_have_attribute("width", "16")  # a notice glides to its value
    expect(canvas).to_have_css("image-rendering", "pixelated")
    # other pieces than the middle: with the arrow keys up to the corners, and with a press on the left edge
    data = (sized.locator(".sized img").get_attribute("src") or "").partition("base64,")[2]
    whole = np.asarray(squared(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"), 64, "crop"))
    for keys, (top, left) in ((("ArrowLeft", "ArrowUp"), (0, 0)), (("ArrowRight", "ArrowDown"), (48, 48))):
        for key in keys * 30:
            canvas.press(key)
        drawn = np.array(canvas.evaluate(PIXELS), np.uint8).reshape(16, 16, 3)
        np.testing.assert_array_equal(drawn, whole[top : top + 16, left : left + 16])
    box = canvas.bounding_box()
    assert box is not None
    sized.mouse.click(box["x"] + 1, box["y"] + box["height"] / 2)
    drawn = np.array(canvas.evaluate(PIXELS), np.uint8).reshape(16, 16, 3)
    np.testing.assert_array_equal(drawn, whole[48:64, 40:56])
    # opens the browser's menu, moves nothing
    sized.mouse.click(box["x"] + 1, box["y"] + box["height"] / 2, button="right")
    np.testing.assert_array_equal(np.array(canvas.evaluate(PIXELS), np.uint8).reshape(16, 16, 3), drawn)
    assert complaints == []


def test_the_plan_goes_into_the_address_and_comes_back_and_the_leak_opens_the_lab_with_resplit(
    server, go: Callable[[str], Page]
) -> None:
    page = go(server.url + ADDRESS)
    expect(page.get_by_label("your plan: 8:18")).to_be_visible()
    page.get_by_text("The arithmetic").click()
    expect(page.locator("[aria-label*='Seconds of an epoch'] svg.marks")).to_be_visible()
    page.get_by_role("button", name="64 px first").click()
    expect(page.get_by_label("your plan: 6:00")).to_be_visible()
    page.wait_for_url("**size1=64**")
    link = page.url
    expect(go(link).get_by_label("your plan: 6:00")).to_be_visible()
    assert page.url == link
    page.get_by_text("The printed results leak").click()
    page.evaluate(IS_STILL)
    page.get_by_text("Open the lab with a new split in every phase").click()
    page.wait_for_url(lambda url: all(part in url for part in ("/train?", "resplit=true", "recipe=progressive")))
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


@pytest.fixture
def plan(server, go: Callable[[str], Page]) -> Page:
    page = go(server.url + ADDRESS)
    wait_for(page, STAGE, total="8:18")
    page.get_by_text("A plan of phases").scroll_into_view_if_needed()
    return page


def test_every_step_of_every_knob_shows_what_the_maths_says_a_drag_is_told_once_and_the_code_follows(
    plan: Page,
) -> None:
    for of in knobs(2):
        says = list(range(len(of.values))) if of.is_choice else of.values
        for value, (_, seen) in zip(of.values, walk(plan, STAGE, of.control, says), strict=True):
            expected = now(AT | {of.name: value}, plan_views.VIEWS)
            told = expected.keys() & seen.keys()
            assert {slot: seen[slot] for slot in told} == {slot: expected[slot] for slot in told}, (of.name, value)
            assert len(told) > 25

    slider(plan, "resizing.epochs2").scroll_into_view_if_needed()
    drag_is_told_once(plan, STAGE, "resizing.epochs2", least=3)

    slider(plan, "resizing.epochs1").press("ArrowRight")
    plan.wait_for_url("**/*epochs1=5*")
    plan.get_by_role("radio", name="1", exact=True).click()
    wait_for(plan, STAGE, total="2:30", pixel_share="100\u00a0%")
    unfold(plan, "code.fastai")
    expect(plan.locator(".st-key-code-fastai")).to_contain_text("fit_one_cycle(5")

    slider(plan, "resizing.size1").scroll_into_view_if_needed()
    drag_is_told_once(plan, STAGE, "resizing.size1", least=3)


def test_boxes_glide_with_their_knobs_to_where_the_draw_puts_them_and_a_drag_is_told_once(
    server, go: Callable[[str], Page]
) -> None:
    page = go(server.url + ADDRESS)
    said = page.get_by_text("pixels here: every square").inner_text()
    width, height = (int(text) for text in said.split(",")[1].split("pixels")[0].split("×"))
    at = {"height": height, "width": width, "size": 460, "method": "crop", "seed": 0, "min_scale": 0.75, "n_crops": 3}
    unfold(page, "resizing.min_scale")
    right = now(at, presizing_views.VIEWS)
    wait_for(page, presizing.STAGE, crop1_d=right["crop1_d"], shares=right["shares"])
    for knob in presizing.KNOBS:
        for value, seen in walk(page, presizing.STAGE, knob.control, knob.values):
            expected = now(at | {knob.name: value}, presizing_views.VIEWS)
            told = expected.keys() & seen.keys()
            assert {slot: seen[slot] for slot in told} == {slot: expected[slot] for slot in told}, (knob, value)
            assert len(told) > 20
    for knob in presizing.KNOBS:
        slider(page, knob.control).scroll_into_view_if_needed()
        drag_is_told_once(page, presizing.STAGE, knob.control, least=3)


def test_on_a_phone_the_plan_s_figure_stays_in_sight_of_its_last_slider(server, go: Callable[[str], Page]) -> None:
    page = go(f"{server.url}{ADDRESS}?resizing.phases=3")
    page.set_viewport_size({"width": 390, "height": 844})
    last = page.locator(".st-key-resizing-epochs3")
    last.evaluate("(one) => one.scrollIntoView({ block: 'end' })")
    expect(last).to_be_in_viewport(ratio=0.98)  # pages scroll by whole pixels, elements end between them
    expect(page.locator(".plans")).to_be_in_viewport(ratio=1)
    expect(page.locator(".st-key-resizing-metrics .metrics")).to_be_in_viewport(ratio=1)


def test_a_notice_shows_what_lies_deep_in_a_long_fold_on_a_slow_machine_too(server, go: Callable[[str], Page]) -> None:
    """Until the fold has its full height, the page is too short to scroll that far."""
    page = go(server.url + ADDRESS)
    throttle = page.context.new_cdp_session(page)
    throttle.send("Emulation.setCPUThrottlingRate", {"rate": 8})
    page.get_by_role("button", name="The code for both").click()
    expect(page.locator(".st-key-code-fine_tune")).to_be_in_viewport(ratio=1)
    throttle.detach()
