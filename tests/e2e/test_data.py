"""The data page draws the embedded set in a process of its own and shows the progress."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(fresh_server: Callable[[], Server]) -> Server:
    """A server of its own, because the sample is drawn on it."""
    return fresh_server()


def test_the_embedded_set_is_drawn_with_progress_and_then_counted(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(server.url + "/data")
    page.get_by_role("button", name="Draw it now").click()
    expect(page.locator("[data-testid=stProgress]")).to_contain_text("of 2,000")
    expect(page.get_by_text("Pictures of each class")).to_be_visible()
    expect(page.locator(".st-key-data-counts .mark-rect path")).to_have_count(10)
    expect(page.get_by_role("button", name="Draw it now")).to_have_count(0)
    page.get_by_role("link", name="Train on it").click()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    assert complaints == []
