"""Touch on a phone: a swipe that scrolls the page moves no control, and one that moves a control does not scroll."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, CDPSession, Locator, Page

from tests.e2e.conftest import PATIENCE_MS
from tests.e2e.knobs import shown, unfold, wait_for
from tests.e2e.mixing import wait_for_mix

pytestmark = pytest.mark.slow
AT_REST = "[data-testid=stApp][data-test-script-state=notRunning]"
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"


@pytest.fixture(scope="module")
def phone(browser: Browser) -> Iterator[tuple[Page, CDPSession]]:
    page = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page, page.context.new_cdp_session(page)
    page.context.close()


def scroll(page: Page, finger: CDPSession, x: float, y: float, dy: float) -> None:
    """Swipe from here so that the page scrolls, and wait until any late effect would have come."""
    before = page.evaluate(SCROLLED)
    swipe(finger, x, y, 0, dy)
    page.wait_for_function(f"(before) => {SCROLLED} > before + 50", arg=before)
    page.wait_for_timeout(600)


def swipe(finger: CDPSession, x: float, y: float, dx: float, dy: float) -> None:
    """A swipe from (x, y), in pixels of the screen, in twelve steps."""
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for i in range(1, 13):
        point = {"x": x + dx * i / 12, "y": y + dy * i / 12}
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def middle(of: Locator, page: Page) -> tuple[float, float]:
    """Scroll an element to the middle of the screen; returns its centre."""
    of.evaluate("(e) => e.scrollIntoView({ block: 'center', behavior: 'instant' })")
    page.wait_for_timeout(200)
    box = of.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_swipe_upwards_on_the_mix_scrolls_and_one_across_it_moves_lambda(
    server, phone: tuple[Page, CDPSession]
) -> None:
    page, finger = phone
    page.emulate_media(reduced_motion="reduce")  # λ does not glide in
    page.goto(f"{server.url}/mixup")
    wait_for(page, "mixup.mix", lam="0.70")
    wait_for_mix(page, 0.7)
    page.wait_for_selector(AT_REST)
    canvas = page.locator("canvas[role=img]").first
    page.evaluate("""() => {
      window.lams = new Set();
      const hosts = [...document.querySelectorAll("*")].filter((e) => e.shadowRoot);
      const range = hosts.map((e) => e.shadowRoot.querySelector("figure input[type=range]")).find(Boolean);
      const look = () => { window.lams.add(range.value); requestAnimationFrame(look); };
      look();
    }""")
    x, y = middle(canvas, page)
    scroll(page, finger, x - 80, y, -200)
    assert page.evaluate("[...window.lams]") == ["70"] and "lam=" not in page.url

    x, y = middle(canvas, page)
    before = page.evaluate(SCROLLED)
    swipe(finger, x, y, -90, 0)
    page.wait_for_url("**lam=*")
    assert page.evaluate(SCROLLED) == before
    assert float(page.url.partition("lam=")[2].partition("&")[0]) < 0.4


def test_a_swipe_upwards_on_lambda_s_slider_scrolls_and_leaves_it_where_it_was_and_free_to_go_elsewhere(
    server, phone: tuple[Page, CDPSession]
) -> None:
    """The browser first moves the slider under the finger, then takes the touch for a scroll, and sends no change
    event.
    """
    page, finger = phone
    page.goto(f"{server.url}/mixup?lam=0.6")
    wait_for(page, "mixup.mix", lam="0.60")
    page.wait_for_selector(AT_REST)
    slider = page.locator("figure input[type=range]").first
    x, y = middle(slider, page)
    scroll(page, finger, x - 60, y, -200)
    assert shown(page, "mixup.mix")["lam"] == "0.60" and slider.input_value() == "60" and page.url.endswith("lam=0.6")
    page.get_by_role("button", name="λ = 0.50").tap()
    page.wait_for_url("**lam=0.5*")
    wait_for(page, "mixup.mix", lam="0.50")


def test_a_finger_beside_the_box_scrolls_and_on_the_box_draws_it(server, phone: tuple[Page, CDPSession]) -> None:
    page, finger = phone
    page.goto(f"{server.url}/mixup?mixup.cut_lam=0.9")
    wait_for(page, "mixup.box", lam="0.90")
    page.wait_for_selector(AT_REST)
    unfold(page, "mixup.cut_lam")
    pad = page.get_by_role("slider", name="Centre of the box")
    at = shown(page, "mixup.box")["left"]
    x, y = middle(pad, page)
    scroll(page, finger, x - 120, y, -150)
    assert shown(page, "mixup.box")["left"] == at and "mixup.cut_at" not in page.url

    x, y = middle(pad, page)
    before = page.evaluate(SCROLLED)
    swipe(finger, x, y, 40, -60)
    page.wait_for_url("**mixup.cut_at=*")
    assert page.evaluate(SCROLLED) == before and shown(page, "mixup.box")["left"] != at


def test_a_swipe_upwards_on_a_slider_scrolls_and_one_along_it_or_a_tap_moves_it(
    server, phone: tuple[Page, CDPSession]
) -> None:
    page, finger = phone
    page.goto(f"{server.url}/label_smoothing")
    wait_for(page, "label_smoothing", eps="0.10")
    page.wait_for_selector(AT_REST)
    x, y = middle(page.locator(".st-key-label_smoothing-eps [role=group]").first, page)
    scroll(page, finger, x - 60, y, -200)
    assert shown(page, "label_smoothing")["eps"] == "0.10" and "label_smoothing.eps" not in page.url

    x, y = middle(page.locator(".st-key-label_smoothing-eps [role=group]").first, page)
    before = page.evaluate(SCROLLED)
    swipe(finger, x - 60, y, 100, 8)
    page.wait_for_url("**label_smoothing.eps=*")
    assert page.evaluate(SCROLLED) == before
    moved = page.url
    swipe(finger, x, y, 0, 0)  # a tap
    page.wait_for_url(lambda url: url != moved)


def edges(table: Locator) -> tuple[int, int]:
    """The brightness (0 to 255) at the left and right end of the table's lowest row, on the screen, where no
    words are.
    """
    with Image.open(io.BytesIO(table.screenshot())) as shot:
        grey = shot.convert("L")
        y = grey.height - 6  # below the words, above the line
        return grey.getpixel((1, y)), grey.getpixel((grey.width - 2, y))


def test_a_table_shows_on_which_side_it_goes_on(server, phone: tuple[Page, CDPSession]) -> None:
    page, _ = phone
    page.goto(f"{server.url}/compare?runs=notes/baseline,notes/mixup&base=notes/baseline")
    table = page.locator(".st-key-compare-results table").first
    table.scroll_into_view_if_needed()
    page.wait_for_selector(AT_REST)
    assert table.evaluate("(e) => e.scrollWidth - e.clientWidth") > 10, "the table must be wider than the phone"
    begins, ends = edges(table)
    assert begins > 245 and ends < 230
    table.evaluate("(e) => e.scrollTo(e.scrollWidth, 0)")
    begins, ends = edges(table)
    assert begins < 230 and ends > 245


def test_what_is_scrolled_below_the_two_buttons_at_the_top_is_not_seen_through_them(
    server, phone: tuple[Page, CDPSession]
) -> None:
    page, _ = phone
    page.goto(f"{server.url}/train")
    page.wait_for_selector(AT_REST)
    for name in ("stExpandSidebarButton", "stMainMenuButton"):
        button = page.get_by_test_id(name)
        alone = button.screenshot()
        page.evaluate(f"{SCROLLED} = 400")
        page.wait_for_timeout(300)
        assert button.screenshot() == alone
        page.evaluate(f"{SCROLLED} = 0")
        page.wait_for_timeout(300)
        page.keyboard.press("Shift")  # after a key press the focus must be visible
        button.focus()
        page.wait_for_timeout(300)
        assert button.evaluate("(e) => getComputedStyle(e).boxShadow") != "none"
        button.blur()
