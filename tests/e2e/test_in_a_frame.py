"""The app in a frame of another site, over https: uploads are accepted, and a visitor is recognized the next time."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserType, Frame, Page, expect

from benchmarks import site as sites
from pages.shared.people.owner import COOKIE
from sota_core import paths
from sota_core import settings as environment
from sota_core.cli.hosting import proxy
from tests.e2e.conftest import PATIENCE_MS, Server
from tests.e2e.hosted import self_signed
from tests.e2e.own_picture import take_own_picture

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(proxy.found() is None, reason="no nginx on this machine (Debian: nginx-light)"),
]
SCHOOL = "https://school.example"
STRICT = [
    # like browsers that keep a framed site's cookies only if they are partitioned by the framing site
    "--test-third-party-cookie-phaseout",
    # the school's page has no network address, which counts as remote: it would have to ask permission for this machine
    "--disable-features=LocalNetworkAccessChecks",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("framed")
    homes = {"SOTA_HOME": str(folder / "home"), "SOTA_DATA_DIR": str(folder / "data"), "SOTA_START_EARLY": "0"}
    cert, key = self_signed(folder)
    port, of = sites.free_ports(3), environment.load({**os.environ, **homes})
    command = [sys.executable, "-m", "sota_core", "serve", "--port", str(port), "--address", "127.0.0.1"]
    with (folder / "log").open("wb") as out:
        process = subprocess.Popen(
            [*command, "--certificate", str(cert), "--key", str(key), "--framed-by", SCHOOL],
            env=os.environ | homes, cwd=paths.ROOT, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        server = Server(f"https://localhost:{port}", process.pid, of, folder / "log")
        sites.wait(f"http://127.0.0.1:{port + 1}", process, 300)
        yield server
    finally:
        process.terminate()
        process.wait(30)
        sites.end_runs(of)


@pytest.fixture
def school(lab: Server, browser_type: BrowserType, browser_type_launch_args: dict) -> Iterator[Page]:
    """A page of the school's site with the app in a frame; `shown_in` opens it and waits for the app."""
    launch = {**browser_type_launch_args, "args": [*browser_type_launch_args["args"], *STRICT]}
    with browser_type.launch(**launch) as browser:
        page = browser.new_context(ignore_https_errors=True).new_page()
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        html = f"<!doctype html><iframe src='{lab.url}/mixup' width=1200 height=900></iframe>"
        page.route(f"{SCHOOL}/**", lambda route: route.fulfill(body=html, content_type="text/html"))
        yield page


def shown_in(page: Page) -> Frame:
    page.goto(SCHOOL)
    frame = page.frames[1]
    frame.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    frame.wait_for_function("(name) => document.cookie.includes(name)", arg=f"{COOKIE}=")
    return frame


def kept(frame: Frame, name: str) -> str | None:
    found = re.search(rf"(?:^|; ){name}=([^;]*)", frame.evaluate("document.cookie"))
    return found and found[1]


def test_an_upload_is_taken_and_a_visitor_is_known_the_next_time(school: Page) -> None:
    frame = shown_in(school)
    me = kept(frame, COOKIE)
    take_own_picture(school, frame)

    frame.get_by_role("button", name="Deutsch").click()
    expect(frame.locator("html")).to_have_attribute("lang", "de")
    frame.wait_for_function("() => document.cookie.includes('=de')")
    frame = shown_in(school)
    expect(frame.locator("html")).to_have_attribute("lang", "de")
    assert kept(frame, COOKIE) == me  # a cookie the server had not received would have been replaced
    apart = {cookie.get("name"): cookie.get("partitionKey") for cookie in school.context.cookies()}
    assert {COOKIE, "sota_seat", "_streamlit_xsrf"} <= apart.keys() and set(apart.values()) == {SCHOOL}

    frame.get_by_role("button", name="English").click()  # setting it again leaves a single cookie
    frame.wait_for_function("() => document.cookie.includes('=en') && !document.cookie.includes('=de')")


def test_at_its_own_address_the_app_s_cookies_stay_as_they_were(lab: Server, school: Page) -> None:
    school.goto(f"{lab.url}/mixup")
    school.wait_for_function("(name) => document.cookie.includes(name)", arg=f"{COOKIE}=")
    (ours,) = (cookie for cookie in school.context.cookies() if cookie.get("name") == COOKIE)
    assert ours.get("sameSite") == "Lax" and ours.get("secure") and "partitionKey" not in ours
