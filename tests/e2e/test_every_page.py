"""Every page in a browser, each opened once for all its tests: complete, without console errors, reachable by Tab,
accessible, as wide as a screen or a phone, and with its figure in sight when it moves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil
import pytest
from playwright.sync_api import Page, expect

from benchmarks.browser.accessibility import AXE, IS_IN, called_alike, called_by_icon, skipped_levels, violations
from benchmarks.browser.first_visit import FIGURES, WATCH
from benchmarks.browser.heights import WIDTHS
from benchmarks.site import unfold_all
from pages.shared.components.stage import css_class
from pages.shared.session import site
from tests.e2e.conftest import PATIENCE_MS, Server, complaints_of, leave, settled
from tests.e2e.cut_off import PICTURE_LEADS, nothing_is_cut_off
from tests.e2e.knobs import FOCUSED, silence, slider, unfold
from tests.e2e.printed import WATCH_A_PRINT

pytestmark = pytest.mark.slow

TITLES = {site.path(entry.address): entry.title for entry in site.PAGES}
each_page = pytest.mark.parametrize("opened", TITLES, indirect=True)
each_technique = pytest.mark.parametrize(
    "opened", [site.path(entry.address) for entry in site.PAGES if entry.section == "Techniques"], indirect=True
)
SCREEN, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
TABLET, NARROWEST = 820, 320  # px; 320 is 1280 at 400 %, which WCAG 2.1 requires (1.4.10)
ANY_LENGTH = 10**6
# For a web process whose pages were not only visited (300 MB in test_warm.py), but also unfolded, pressed and typed
# into.
MAX_RSS = 340 * 2**20


@dataclass(frozen=True)
class Opened:
    """An open page, the URLs its browser has requested since, and its console errors."""

    address: str
    page: Page
    asked: list[str]
    complaints: list[str]


@pytest.fixture(scope="module")
def server(fresh_server: Callable[[], Server]) -> Server:
    """A server of its own, because its memory is measured."""
    return fresh_server()


@pytest.fixture(scope="module")
def opened(request: pytest.FixtureRequest, server: Server, tab: Page, browser_context_args: dict) -> Iterator[Opened]:
    """The page at an address, shared by all tests that name it: pytest runs them one after the other."""
    address, asked = request.param, []

    def note(request) -> None:
        asked.append(request.url)

    tab.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    tab.emulate_media(reduced_motion="reduce")  # a recording stands at its end; colours do not fade
    tab.on("request", note)
    try:
        with complaints_of(tab) as complaints:
            settled(tab, f"{server.url}/{address}")
            yield Opened(address, tab, asked, complaints)
    finally:
        tab.remove_listener("request", note)
        leave(tab, browser_context_args)


@pytest.fixture(scope="module")
def n_pictures() -> dict[str, int]:
    """Address → number of pictures, of each page looked at so far."""
    return {}


FITS = """([width, longest]) => {
  const main = document.querySelector("[data-testid=stMain]");
  const fits = (each) => each.scrollWidth - each.clientWidth <= 1;
  return innerWidth === width && fits(main) && fits(document.documentElement) && main.scrollHeight <= longest;
}"""
# Elements missing on paper because they are folded, and elements printed that only make sense on a screen.
ON_PAPER = """() => {
  const count = (where, is) => [...document.querySelectorAll(where)].filter(is).length;
  return {
    folded: count("[data-testid=stExpanderDetails] > *", (each) => !each.checkVisibility()),
    pressed: count("[data-testid=stSidebar], [data-testid=stHeader], [data-testid=stMain] [data-testid=stButton]",
      (each) => each.checkVisibility()),
  };
}"""


@each_page
def test_a_page_is_whole_and_asks_for_no_file(server: Server, opened: Opened, n_pictures: dict[str, int]) -> None:
    page, address = opened.page, opened.address
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("[data-testid=stSidebarNav]").get_by_text(TITLES[address], exact=True)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    assert page.url.partition("?")[0].endswith(f"/{address}")
    expect(page).to_have_title(f"{TITLES[address]} · SOTA lab")

    page.evaluate(WATCH)  # the benchmark of first visits finds this page's figure
    page.evaluate("figure => sotaWatch(figure, 0)", FIGURES[address])
    page.wait_for_function("window.sotaPainted")

    # pictures are part of the page: a file of Streamlit's is gone with the next run, and a browser that asked too late
    # got a 404
    images = page.locator("[data-testid=stImage] img").all()
    assert all(image.evaluate("i => i.decode().then(() => i.naturalWidth)") > 0 for image in images)
    n_pictures[address] = len(images)
    files = (f"{server.url}/media/", f"{server.url}/_stcore/bidi-components/")
    assert [url for url in opened.asked if url.startswith(files)] == []

    assert called_by_icon(page) == []
    page.emulate_media(media="print")  # on paper every fold is open and no button is printed
    assert page.evaluate(ON_PAPER) == {"folded": 0, "pressed": 0}
    page.emulate_media(media="screen")
    assert opened.complaints == []


@pytest.mark.parametrize("opened", ["label_smoothing", "compare"], indirect=True)
def test_a_print_of_the_dark_theme_can_be_read_and_leaves_the_screen_as_it_was(opened: Opened) -> None:
    page = opened.page
    page.set_viewport_size(SCREEN)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(IS_IN, arg="dark")
    page.locator(".role-axis-grid line").first.wait_for(state="attached")
    silence(page)
    page.add_style_tag(content="* { transition: none !important; }")  # else a colour starts as the old one
    page.evaluate(WATCH_A_PRINT)
    page.pdf(print_background=True)
    page.wait_for_function("'left' in window.sotaPrint")
    told = page.evaluate("window.sotaPrint")
    assert told["words"] > 50 and told["lines"] > 2
    assert (told["pale"], told["dark"], told["left"]) == ([], [], [])
    page.emulate_media(color_scheme="light")


# Focusable elements that Tab has not reached. A group of choices is one stop; arrow keys move within it.
MISSED = """() => {
  const all = (root) => [...root.querySelectorAll("a[href], button, input, select, [tabindex]")].concat(
    ...[...root.querySelectorAll("*")].filter((node) => node.shadowRoot).map((node) => all(node.shadowRoot)));
  return all(document)
    .filter((node) => node.tabIndex >= 0 && !node.disabled && !("walked" in node.dataset))
    .filter((node) => node.checkVisibility({ visibilityProperty: true }) && node.getBoundingClientRect().width > 0)
    .filter((node) => !node.closest("[role=radiogroup], [role=toolbar], [aria-hidden=true]") && node.type !== "file")
    .map((node) => `${node.tagName} ${(node.getAttribute("aria-label") || node.innerText || "").trim()}`);
}"""


@each_technique
def test_tab_comes_by_every_control_in_sight_and_with_a_name(opened: Opened) -> None:
    page = opened.page
    page.set_viewport_size(SCREEN)
    ends = page.locator(".vega-embed:visible, .st-key-share")  # the end of a technique's page, and of the first one
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


@each_page
def test_a_page_fits_a_screen_a_phone_and_320_px(opened: Opened) -> None:
    """Folded, a page is no longer than its limit; no width makes it scroll sideways; on a phone the picture comes
    before its controls.
    """
    for width, longest in {TABLET: ANY_LENGTH, **WIDTHS, NARROWEST: ANY_LENGTH}.items():
        opened.page.set_viewport_size({"width": width, "height": PHONE["height"]})
        opened.page.wait_for_function(FITS, arg=[width, longest])  # charts redraw after a change of width
        nothing_is_cut_off(opened.page)
    assert opened.page.evaluate(PICTURE_LEADS)
    assert opened.complaints == []


# page → the element that shows each of its three "Notice" claims
SHOWN = {
    "baseline": ("baseline.effect", "baseline.first_loss", "baseline.tables"),
    "normalization": ("normalization.figure",) * 3,
    "resizing": ("resizing.sized", "resizing.bars", "code.fine_tune"),
    "tta": ("tta.votes",) * 3,
    "mixup": ("mixup.mix", "mixup.spread_figure", "mixup.epochs"),
    "label_smoothing": ("label_smoothing.figure",) * 3,
}


IS_IN_SIGHT = """(selector) => {
  const { top, bottom, height } = document.querySelector(selector).getBoundingClientRect();
  return Math.min(bottom, innerHeight) - Math.max(top, 0) >= 0.9 * Math.min(height, innerHeight - 60);
}"""


@pytest.mark.parametrize("opened", SHOWN, indirect=True)
def test_what_a_notice_shows_is_unfolded_and_in_sight_after_the_press_on_a_screen_and_a_phone(opened: Opened) -> None:
    page = opened.page
    for screen in (SCREEN, PHONE):
        page.set_viewport_size(screen)
        for i, key in enumerate(SHOWN[opened.address]):
            page.locator(f".st-key-notice-{i} button").click()
            silence(page)  # what the server sends may change the heights above
            page.wait_for_function(IS_IN_SIGHT, arg=f".{css_class(key)}")


# page → one of its sliders, the text typed on it, and the value in the address afterwards
TYPED = {
    "label_smoothing": ("label_smoothing.eps", "0,25", "0.25"),
    "tta": ("tta.strength", "2,5", "2.5"),
    "mixup": ("mixup.alpha", "1.5", "1.5"),
    "resizing": ("resizing.min_scale", "0.5", "0.5"),
    "": ("chapter.by", "seconds", "seconds"),
}
FOLDED = {"mixup.alpha", "resizing.min_scale", "chapter.by"}


@pytest.mark.parametrize("opened", TYPED, indirect=True)
def test_a_value_is_typed_on_a_slider_and_one_that_it_lacks_is_refused(opened: Opened) -> None:
    page, (key, typed, told) = opened.page, TYPED[opened.address]
    page.set_viewport_size(SCREEN)
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


@pytest.mark.parametrize("opened", ["", *SHOWN, "train"], indirect=True)
def test_unfolded_every_figure_has_words_and_nothing_is_wider_than_a_phone(opened: Opened) -> None:
    page = opened.page
    page.set_viewport_size(PHONE)
    unfold_all(page)
    has_chart = opened.address not in ("baseline", "tta", "train")  # their charts come with a step or a run
    if has_chart:
        page.locator("[data-testid=stVegaLiteChart]").locator("svg, canvas").first.wait_for()
    figures = page.locator("[data-testid=stVegaLiteChart]:visible, canvas[role=img]:visible").all()
    assert (figures or not has_chart) and all(figure.get_attribute("aria-label") for figure in figures)
    for width in (SCREEN["width"], TABLET, PHONE["width"], NARROWEST):
        page.set_viewport_size({**PHONE, "width": width})
        page.wait_for_function(FITS, arg=[width, ANY_LENGTH])
        nothing_is_cut_off(page)
    assert opened.complaints == []


SAME = {"Start"}  # one is in the step and one below the knobs; both start the run that is shown


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci")
@each_page
def test_no_page_keeps_anybody_out(opened: Opened) -> None:
    """axe-core finds nothing serious in our own elements, in both themes, on a screen and a phone, with every fold
    open.
    """
    unfold_all(opened.page)
    assert skipped_levels(opened.page) == []
    assert {*called_alike(opened.page)} <= SAME, opened.address
    found = [*violations(opened.page, opened.address)]
    assert not found, "\n".join(map(str, found))


def test_the_web_process_stays_small_after_all_pages_were_used(
    server: Server, go: Callable[[str], Page], n_pictures: dict[str, int]
) -> None:
    for address in TITLES:
        if address not in n_pictures:  # when this test runs without those above
            expect(go(f"{server.url}/{address}").locator("h1")).to_be_visible()
    rss = psutil.Process(server.pid).memory_info().rss
    assert rss <= MAX_RSS, f"{rss / 2**20:.0f} MB"
    assert not n_pictures or sum(n_pictures.values()) >= 5  # the tests above have found pictures
