"""A page opened by its own address looks for its server once and finds it, wherever a proxy has put the app."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

from benchmarks.site import free_port
from pages.shared.server.warm import wait_for, warm
from sota_core.cli.hosting import proxy
from tests.e2e.conftest import alone
from tests.e2e.forked import forked

pytestmark = pytest.mark.slow


# like the proxy of a notebook server, or of a server with several apps
PROXY = """
daemon off; pid {folder}/pid; error_log stderr; events {{}}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port};
    location /lab/ {{
      proxy_pass http://127.0.0.1:{behind}/; proxy_http_version 1.1; proxy_set_header Host $http_host;
      proxy_buffering off;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";
    }}
  }}
}}
"""


@contextmanager
def proxied(behind: int, folder: Path) -> Iterator[str]:
    """An address below a path that the proxy strips, of which the server knows nothing."""
    if proxy.found() is None:
        pytest.skip("no nginx on this machine (Debian: nginx-light)")
    (folder / "conf").write_text(PROXY.format(folder=folder, port=(port := free_port()), behind=behind))
    process = subprocess.Popen([str(proxy.found()), "-c", str(folder / "conf"), "-p", str(folder)])
    try:
        assert wait_for(f"http://localhost:{port}/lab")
        yield f"http://localhost:{port}/lab"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module", params=["at the root", "below a path", "behind a proxy"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that has been visited before."""
    home, port = tmp_path_factory.mktemp("home"), free_port()
    below = "/lab" if request.param == "below a path" else ""
    homes = {"SOTA_HOME": str(home), "SOTA_DATA_DIR": str(home / "data"), "SOTA_START_EARLY": "0"}
    with ExitStack() as stack:
        url = stack.enter_context(forked(port, homes | {"STREAMLIT_SERVER_BASE_URL_PATH": below})) + below
        assert wait_for(url) and alone(lambda: warm(url))
        yield stack.enter_context(proxied(port, tmp_path_factory.mktemp("proxy"))) if "proxy" in request.param else url


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
