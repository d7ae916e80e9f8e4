"""A browser that guards against fingerprinting gives a page noise in place of what it has drawn: pictures are drawn
without being read, and the camera keeps none.
"""

import base64
import io
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from pages.shared.components import files
from pages.shared.components.blend import SIDE
from sota_core.data.pictures.view import squared
from tests.e2e.conftest import PATIENCE_MS, settled
from tests.e2e.knobs import SET, slider, wait_for
from tests.e2e.mixing import mixed

pytestmark = pytest.mark.slow

# Every way a page reads a canvas gives what `noise` makes of a byte; `readTruly` is the test's own.
GUARD = """((noise) => {
  const spoilt = (found) => {
    for (let i = 0; i < found.data.length; i++) found.data[i] = noise(found.data[i]);
    return found;
  };
  for (const Pen of [CanvasRenderingContext2D, OffscreenCanvasRenderingContext2D]) {
    const read = Pen.prototype.getImageData;
    Pen.prototype.readTruly = read;
    Pen.prototype.getImageData = function (...where) { return spoilt(read.apply(this, where)); };
  }
  const encode = HTMLCanvasElement.prototype.toDataURL;
  HTMLCanvasElement.prototype.toDataURL = function (...how) {
    const pen = this.getContext("2d");
    pen.putImageData(pen.getImageData(0, 0, this.width, this.height), 0, 0);
    return encode.apply(this, how);
  };
})"""
RANDOM = "() => 256 * Math.random()"
PIXELS = """(canvas) => [...canvas.getContext("2d").readTruly(0, 0, canvas.width, canvas.height).data]"""


@pytest.fixture(scope="module")
def guarded(browser: Browser, browser_context_args: dict) -> Iterator[Page]:
    page = browser.new_context(**browser_context_args).new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page.add_init_script(f"{GUARD}({RANDOM})")
    yield page
    page.context.close()


def shows(canvas: Locator, right: Callable[[], np.ndarray], most: float) -> None:
    """Wait until what the canvas shows differs from this, (H, W, 3), by at most so much on average."""
    until = time.monotonic() + 20
    while True:
        seen = np.array(canvas.evaluate(PIXELS), float).reshape(*right().shape[:2], 4)[..., :3]
        error = np.abs(seen - right()).mean()
        if error <= most:
            return
        assert time.monotonic() < until, error
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("noise", "is_read"),
    [("(byte) => byte", True), ("(byte) => byte ^ 1", True), (RANDOM, False), ("() => 255", False)],
    ids=["no guard", "a little noise", "noise", "all white"],
)
def test_a_guard_is_told_by_two_pixels_drawn_and_read(page: Page, noise: str, is_read: bool) -> None:
    """Brave and Safari change a byte by one here and there, which nobody sees."""
    page.goto("about:blank")
    page.evaluate(f"{GUARD}({noise})")
    page.add_script_tag(content=files.read(files.SHARED / "pixels.js"))
    assert page.evaluate("sotaReadsPixels()") is is_read


def test_a_mix_is_right_where_no_pixel_can_be_read(server, guarded: Page) -> None:
    settled(guarded, f"{server.url}/mixup?lam=0.6")
    canvas = guarded.locator("canvas[role=img]").first
    for lam in (0.6, 0.25, 0.0, 1.0):
        guarded.locator("input[type=range][aria-label=λ]").first.evaluate(SET, str(round(100 * lam)))
        shows(canvas, lambda lam=lam: mixed(lam), most=1)
    assert canvas.get_attribute("width") == str(SIDE)


def test_a_size_is_nearly_right_and_its_piece_the_right_one_where_no_pixel_can_be_read(server, guarded: Page) -> None:
    settled(guarded, f"{server.url}/resizing")
    wait_for(guarded, "resizing.size", size="128")
    data = (guarded.locator(".sized img").get_attribute("src") or "").partition("base64,")[2]
    picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
    for size in (128, 64):
        slider(guarded, "resizing.size").evaluate(SET, str(size))
        expect(guarded.locator("canvas.now")).to_have_attribute("width", str(size))
        shows(guarded.locator("canvas.now"), lambda size=size: np.asarray(squared(picture, size, "crop")), most=6)
    expect(guarded.get_by_text("close to those the net gets")).to_be_visible()
    guarded.get_by_role("button", name="64 px, four times closer").click()
    canvas = guarded.locator("canvas.now")
    expect(canvas).to_have_attribute("width", "16")
    shows(canvas, lambda: np.asarray(squared(picture, 64, "crop"))[24:40, 24:40], most=10)


def test_the_camera_keeps_no_noise_and_says_what_to_do(server, guarded: Page) -> None:
    settled(guarded, f"{server.url}/data")
    guarded.get_by_text("Your own pictures", exact=True).click()
    guarded.get_by_text("Make a set with the camera").click()
    expect(guarded.get_by_text("Allow this page to use canvas image data and open this again")).to_be_visible()
    for button in guarded.get_by_role("button", name="Hold to take pictures").all():
        expect(button).to_be_disabled()
    assert guarded.locator(".camera .shots img").count() == 0
