"""Each page as the very first request to a fresh server: it opens, by itself, without a complaint."""

from collections.abc import Callable

import psutil
import pytest
from playwright.sync_api import Page, expect

from benchmarks.browser.heights import WIDTHS
from pages.shared.session import site

pytestmark = pytest.mark.slow

PAGES = [(f"/{site.path(entry.address)}", entry.title) for entry in site.PAGES]
# The budget of a web process after all pages were visited; Streamlit, pandas, Altair and SQLAlchemy alone: 225 MB.
NARROWEST = 320  # px: 1280 at 400 %, which WCAG 2.1 asks of a page (1.4.10)
ANY_LENGTH = 10**6
MAX_RSS = 300 * 2**20


@pytest.mark.parametrize(("address", "title"), PAGES, ids=[address for address, _ in PAGES])
def test_a_deep_link_is_served_as_the_first_request(
    address: str, title: str, fresh_server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(fresh_server().url + address)
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("[data-testid=stSidebarNav]").get_by_text(title, exact=True)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    assert page.url.partition("?")[0].endswith(address)
    assert complaints == []


def test_no_page_asks_the_server_for_a_picture_or_for_what_a_component_is_made_of(
    server, go: Callable[[str], Page], page: Page
) -> None:
    """The next run takes away the file of a picture: who asked a moment late, as on a quick change, got a 404."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    seen = 0
    for address, _ in PAGES:
        images = go(server.url + address).locator("[data-testid=stImage] img")
        seen += images.count()
        assert all(image.evaluate("i => i.decode().then(() => i.naturalWidth)") > 0 for image in images.all())
    files = (f"{server.url}/media/", f"{server.url}/_stcore/bidi-components/")
    assert seen >= 5 and [url for url in asked if url.startswith(files)] == []


def test_the_home_page_has_a_name_too(fresh_server, go: Callable[[str], Page], complaints: list[str]) -> None:
    server = fresh_server()
    for _ in range(2):  # the very first request of a server goes another way than later ones
        page = go(f"{server.url}/overview?home.mix.lam=0.3")
        expect(page.locator("h1")).to_contain_text("State-of-the-Art")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.wait_for_url(f"{server.url}/?*")
        assert "home.mix.lam=0.3" in page.url
    assert page.locator("[data-testid=stSidebarNav]").get_by_text("The chapter", exact=True).count() == 1
    assert complaints == []


def test_a_page_that_does_not_exist_leads_home(server, go: Callable[[str], Page]) -> None:
    page = go(server.url + "/nowhere")
    expect(page.get_by_role("dialog").get_by_text("Page not found")).to_be_visible()


FITS = """([width, longest]) => {
  const main = document.querySelector("[data-testid=stMain]");
  const fits = (each) => each.scrollWidth - each.clientWidth <= 1;
  return innerWidth === width && fits(main) && fits(document.documentElement) && main.scrollHeight <= longest;
}"""
# A picture and its controls, of the section a page begins with, as two columns: which stands higher?
PICTURE_LEADS = """() => {
  const [controls, picture] = document.querySelectorAll(
    "[class*=st-key-pictured-] > * > [data-testid=stHorizontalBlock] > [data-testid=stColumn]");
  return !picture || picture.getBoundingClientRect().top < controls.getBoundingClientRect().top;
}"""

# What a sheet lacks, because it is folded, and what it has though nobody can press paper.
ON_PAPER = """() => {
  const count = (where, is) => [...document.querySelectorAll(where)].filter(is).length;
  return {
    folded: count("[data-testid=stExpanderDetails] > *", (each) => !each.checkVisibility()),
    pressed: count("[data-testid=stSidebar], [data-testid=stHeader], [data-testid=stMain] [data-testid=stButton]",
      (each) => each.checkVisibility()),
  };
}"""


@pytest.mark.parametrize("address", [address for address, _ in PAGES])
def test_a_page_fits_a_screen_a_phone_and_320_px(address: str, server, go: Callable[[str], Page]) -> None:
    """Its length unfolded by nobody, no way sideways at any width, on a phone the picture before its controls; and on
    paper every fold open, without buttons."""
    page = go(server.url + address)
    expect(page.locator("h1")).to_be_visible()
    for width, longest in {**WIDTHS, NARROWEST: ANY_LENGTH}.items():
        page.set_viewport_size({"width": width, "height": 844})
        # charts draw themselves anew after a change of width
        page.wait_for_function(FITS, arg=[width, longest])
    assert page.evaluate(PICTURE_LEADS)
    page.emulate_media(media="print")
    assert page.evaluate(ON_PAPER) == {"folded": 0, "pressed": 0}


def test_the_web_process_stays_small_after_all_pages_were_visited(server, go: Callable[[str], Page]) -> None:
    for address, _ in PAGES:
        expect(go(server.url + address).locator("h1")).to_be_visible()
    rss = psutil.Process(server.pid).memory_info().rss
    assert rss <= MAX_RSS, f"{rss / 2**20:.0f} MB"
