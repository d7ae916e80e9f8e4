"""Each page as the very first request to a new server, and addresses that belong to no page."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.load.st_session import StSession
from benchmarks.site import free_port
from pages.shared.server.warm import wait_for
from pages.shared.session import site
from tests.e2e.conftest import alone
from tests.e2e.forked import forked

pytestmark = pytest.mark.slow

PAGES = [(f"/{site.path(entry.address)}", entry.title) for entry in site.PAGES]


class FirstVisit(StSession):
    """A session that records the title, the navigation, and whether the server says that there is no such page."""

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


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[str]:
    """A server that nobody has visited."""
    port = free_port()
    with forked(port, {"SOTA_HOME": str(tmp_path / "home"), "SOTA_DATA_DIR": str(tmp_path / "data")}) as url:
        assert wait_for(url)
        yield url


@pytest.mark.parametrize(("address", "title"), PAGES, ids=[address for address, _ in PAGES])
def test_a_deep_link_is_served_as_the_first_request(address: str, title: str, fresh: str) -> None:
    async def work() -> FirstVisit:
        visit = FirstVisit(fresh, address)
        await visit.open()
        await visit.close()
        return visit

    visit = alone(work)
    assert [(run.status, run.errors) for run in visit.runs] == [("ok", [])]
    assert visit.navigation[visit.page_hash] == title and len(visit.headings) == 1 and not visit.is_lost


def test_the_home_page_has_a_name_too(fresh: str, go: Callable[[str], Page], complaints: list[str]) -> None:
    for _ in range(2):  # a server handles its very first request differently from later ones
        page = go(f"{fresh}/overview?home.mix.lam=0.3")
        expect(page.locator("h1")).to_contain_text("State-of-the-Art")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.wait_for_url(f"{fresh}/?*")
        assert "home.mix.lam=0.3" in page.url
    expect(page.locator("[data-testid=stSidebarNav]").get_by_text("The chapter", exact=True)).to_have_count(1)
    assert complaints == []


def test_a_page_that_does_not_exist_leads_home(server, go: Callable[[str], Page]) -> None:
    page = go(server.url + "/nowhere")
    expect(page.get_by_role("dialog").get_by_text("Page not found")).to_be_visible()
