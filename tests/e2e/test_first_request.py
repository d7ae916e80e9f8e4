"""Each page as the very first request to a fresh server, and in a browser: whole, by itself, without a complaint."""

from collections.abc import Callable

import psutil
import pytest
from playwright.sync_api import Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.browser.first_visit import FIGURES, WATCH
from benchmarks.browser.heights import WIDTHS
from benchmarks.load.st_session import StSession
from benchmarks.site import serving
from pages.shared.session import site
from tests.e2e.conftest import alone

pytestmark = pytest.mark.slow

PAGES = [(f"/{site.path(entry.address)}", entry.title) for entry in site.PAGES]
each_page = pytest.mark.parametrize(("address", "title"), PAGES, ids=[address for address, _ in PAGES])
NARROWEST = 320  # px: 1280 at 400 %, which WCAG 2.1 asks of a page (1.4.10)
ANY_LENGTH = 10**6
# The budget of a web process after all pages were visited; Streamlit, pandas, Altair and SQLAlchemy alone: 225 MB.
MAX_RSS = 300 * 2**20


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


class FirstVisit(StSession):
    """A session that notes what a browser would show: the title, the navigation, or that there is no such page."""

    def __init__(self, url: str, address: str) -> None:
        super().__init__(url, address)
        self.headings: list[str] = []
        self.navigation: dict[str, str] = {}  # hash of a page → its title
        self.is_lost = False

    def _handle(self, message: ForwardMsg) -> None:
        heading = message.delta.new_element.heading
        if heading.tag == "h1":
            self.headings.append(heading.body)
        self.is_lost = self.is_lost or message.HasField("page_not_found")
        self.navigation |= {page.page_script_hash: page.page_name for page in message.navigation.app_pages}
        super()._handle(message)


@each_page
def test_a_deep_link_is_served_as_the_first_request(address: str, title: str) -> None:
    async def work(url: str) -> FirstVisit:
        visit = FirstVisit(url, address)
        await visit.open()
        await visit.close()
        return visit

    with serving() as fresh:
        visit = alone(lambda: work(fresh.url))
    assert [(run.status, run.errors) for run in visit.runs] == [("ok", [])]
    assert visit.navigation[visit.page_hash] == title and len(visit.headings) == 1 and not visit.is_lost


@pytest.fixture(scope="module")
def n_pictures() -> dict[str, int]:
    """Pictures of each page that a browser has opened on this module's server."""
    return {}


@each_page
def test_a_page_is_whole_asks_for_no_file_and_fits_a_screen_a_phone_and_320_px(
    address: str,
    title: str,
    server,
    go: Callable[[str], Page],
    page: Page,
    complaints: list[str],
    n_pictures: dict[str, int],
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    go(server.url + address)
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("[data-testid=stSidebarNav]").get_by_text(title, exact=True)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    assert page.url.partition("?")[0].endswith(address)

    page.evaluate(WATCH)  # what first visits are timed by is there, and is seen
    page.evaluate("figure => sotaWatch(figure, 0)", FIGURES[site.path(address[1:])])
    page.wait_for_function("window.sotaPainted")

    # a picture's file is gone with the next run: who asked a moment late, as on a quick change, got a 404
    images = page.locator("[data-testid=stImage] img").all()
    assert all(image.evaluate("i => i.decode().then(() => i.naturalWidth)") > 0 for image in images)
    n_pictures[address] = len(images)
    files = (f"{server.url}/media/", f"{server.url}/_stcore/bidi-components/")
    assert [url for url in asked if url.startswith(files)] == []

    # its length unfolded by nobody, no way sideways at any width, and on a phone the picture before its controls
    for width, longest in {**WIDTHS, NARROWEST: ANY_LENGTH}.items():
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_function(FITS, arg=[width, longest])  # charts draw themselves anew after a change of width
    assert page.evaluate(PICTURE_LEADS)
    page.emulate_media(media="print")  # on paper every fold is open, and nothing is there to be pressed
    assert page.evaluate(ON_PAPER) == {"folded": 0, "pressed": 0}
    page.emulate_media(media="screen")
    assert complaints == []


def test_the_web_process_stays_small_after_all_pages_were_visited(
    server, go: Callable[[str], Page], n_pictures: dict[str, int]
) -> None:
    for address, _ in PAGES:
        if address not in n_pictures:  # this test runs without those above
            expect(go(server.url + address).locator("h1")).to_be_visible()
    rss = psutil.Process(server.pid).memory_info().rss
    assert rss <= MAX_RSS, f"{rss / 2**20:.0f} MB"
    assert not n_pictures or sum(n_pictures.values()) >= 5  # those above have looked at some


def test_the_home_page_has_a_name_too(fresh_server, go: Callable[[str], Page], complaints: list[str]) -> None:
    server = fresh_server()
    for _ in range(2):  # the very first request of a server goes another way than later ones
        page = go(f"{server.url}/overview?home.mix.lam=0.3")
        expect(page.locator("h1")).to_contain_text("State-of-the-Art")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.wait_for_url(f"{server.url}/?*")
        assert "home.mix.lam=0.3" in page.url
    expect(page.locator("[data-testid=stSidebarNav]").get_by_text("The chapter", exact=True)).to_have_count(1)
    assert complaints == []


def test_a_page_that_does_not_exist_leads_home(server, go: Callable[[str], Page]) -> None:
    page = go(server.url + "/nowhere")
    expect(page.get_by_role("dialog").get_by_text("Page not found")).to_be_visible()
