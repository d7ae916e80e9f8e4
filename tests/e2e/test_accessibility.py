"""For everybody, what has no page of its own: a run's panel, the ladder, the inside of a room."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from benchmarks.browser.accessibility import AXE, STATES, violations
from benchmarks.site import unfold_all

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not there: npm ci"),
]


@pytest.mark.parametrize("state", STATES)
def test_no_state_of_a_page_keeps_anybody_out(server, go: Callable[[str], Page], page: Page, state: str) -> None:
    page.emulate_media(reduced_motion="reduce")  # a run that plays by itself is at its end
    unfold_all(go(f"{server.url}/{state}"))
    found = [*violations(page, state)]
    assert not found, "\n".join(map(str, found))
