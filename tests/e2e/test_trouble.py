"""The run store fails while a page is open: each part that is redrawn by itself says so, and comes back by itself."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sota_core.recipes import Recipe
from tests.e2e.conftest import Server, nothing_starts
from tests.pages.test_trouble import damage

pytestmark = pytest.mark.slow
LONG_MS = 30_000  # a part is redrawn every 10 s, and a store that has failed is left in peace for 5


def test_a_part_that_is_redrawn_without_its_page_shows_no_error_of_the_program(
    fresh_server: Callable[[], Server], go: Callable[[str], Page]
) -> None:
    with nothing_starts(fresh_server()) as server:
        with server.store() as store:
            run = store.queue.submit(Recipe(source="sample"), owner="somebody")
        page = go(f"{server.url}/train?run={run.id}")
        n_guesses = page.get_by_text("0 guesses so far")
        expect(n_guesses).to_be_visible()
        kept = {file: file.read_bytes() for file in server.settings.home.glob("runs.db*")}
        why = damage(server.settings.home)
        expect(n_guesses).to_have_count(0, timeout=LONG_MS)
        expect(page.get_by_text(why).first).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
        for file, data in kept.items():
            file.write_bytes(data)
        expect(n_guesses).to_be_visible(timeout=LONG_MS)
        expect(page.get_by_text(why)).to_have_count(0, timeout=LONG_MS)
