"""A real search for a learning rate: what a press takes stands in the knob at once."""

import shutil
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from sota_core.settings import Settings
from tests.e2e.conftest import Server
from tests.e2e.test_run import SMALL

pytestmark = pytest.mark.slow


SEARCH_MS = 400_000  # a real search took up to four minutes where ten other processes were at work


@pytest.fixture(scope="module")
def server(fresh_server: Callable[[], Server], sampled: Settings) -> Server:
    """A server of its own, with some of the sample's pictures: it trains."""
    started = fresh_server()
    shutil.copytree(sampled.sample_dir, started.settings.sample_dir)
    return started


@pytest.mark.timeout(600)
def test_a_rate_that_is_taken_stands_in_the_knob_at_once(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{server.url}/train?{urlencode(SMALL | {'phases.0.lr': '0.7'})}")  # no search suggests this one
    for fold in ("lab-knobs", "lab-find"):
        page.locator(f".st-key-{fold} summary").click()
    page.locator(".st-key-lab-find-start button").click()
    page.locator("[class*=st-key-lab-find-take] button:enabled").first.click(timeout=SEARCH_MS)
    page.wait_for_url(lambda url: "phases.0.lr=0.7" not in url)
    (taken,) = parse_qs(urlsplit(page.url).query)["phases.0.lr"]
    expect(page.locator(".st-key-knob-phases-0-lr input")).to_have_value(f"{float(taken):.5g}")
    assert complaints == []
