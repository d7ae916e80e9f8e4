"""axe-core finds nothing serious of ours on any page, in both themes, on a screen and on a phone."""

import pytest
from playwright.sync_api import Page

from benchmarks.browser.accessibility import AXE, violations
from benchmarks.browser.rss import addresses

pytestmark = pytest.mark.slow

# A table of a markdown text that is pushed aside on a phone: Streamlit draws it, and no attribute can be given to it.
NOT_OURS = ("scrollable-region-focusable", "<table>")


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not there: npm ci")
@pytest.mark.parametrize("address", addresses())
def test_no_page_keeps_anybody_out(address: str, server, page: Page) -> None:
    page.set_default_timeout(120_000)
    page.emulate_media(reduced_motion="reduce")
    found = [v for v in violations(page, server.url, address) if (v.rule, v.html) != NOT_OURS]
    assert not found, "\n".join(map(str, found))
