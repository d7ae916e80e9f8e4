"""A page that is opened by its own address asks once where its server is, wherever a proxy has put the app."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Response, expect

from benchmarks.site import free_port
from pages.shared.server.warm import wait_for, warm
from tests.e2e.conftest import alone
from tests.e2e.forked import forked

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["", "/lab"], ids=["at the root", "below a path"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that somebody has visited."""
    home, port = tmp_path_factory.mktemp("home"), free_port()
    homes = {"SOTA_HOME": str(home), "SOTA_DATA_DIR": str(home / "data"), "SOTA_START_EARLY": "0"}
    with forked(port, homes | {"STREAMLIT_SERVER_BASE_URL_PATH": request.param}) as server:
        url = server + request.param
        assert wait_for(url) and alone(lambda: warm(url))
        yield url


def test_its_server_is_found_at_the_first_try(url: str, page: Page) -> None:
    asked: list[tuple[str, int]] = []
    said: list[str] = []

    def note(response: Response) -> None:
        if "/_stcore/" in response.url:
            asked.append((response.url.removeprefix(url), response.status))

    page.on("response", note)
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(f"{url}/mixup?mix.lam=0.3")
    expect(page.locator("h1")).to_have_text("Mixup")
    assert sorted(asked) == [("/_stcore/health", 200), ("/_stcore/host-config", 200)]
    assert "mix.lam=0.3" in page.url and page.url.startswith(f"{url}/mixup?")
    page.locator("[data-testid=stSidebarNav] a[href$='/tta']").click()
    expect(page.locator("h1")).to_have_text("Test-time augmentation")
    page.wait_for_url(f"{url}/tta*")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Mixup")
    page.reload()
    expect(page.locator("h1")).to_have_text("Mixup")
    assert sorted(asked) == [("/_stcore/health", 200)] * 2 + [("/_stcore/host-config", 200)] * 2
    assert said == []


def test_the_home_page_is_as_before(url: str, page: Page) -> None:
    page.goto(f"{url}/")
    expect(page.locator("h1")).to_contain_text("State-of-the-Art")
    page.locator("[data-testid=stSidebarNav] a[href$='/data']").click()
    page.wait_for_url(f"{url}/data*")
    expect(page.locator("h1")).to_have_text("Data")
