"""Dragging the printed curves from equal epochs to equal seconds: no message is sent, and every step has the printed
numbers.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from pages.parts.overview.printed_results import BY, STAGE
from sota_core.figures.chapter import glide
from sota_core.figures.frames import now
from sota_core.published import FIRST
from tests.e2e.knobs import drag, let_go, slider, wait_for, walk

pytestmark = pytest.mark.slow


def maths(by: str) -> dict[str, str]:
    return now({"ids": tuple(i for i in glide.SHORT if i in FIRST), "by": by}, glide.VIEWS)


def test_one_knob_glides_from_equal_epochs_to_equal_seconds(server, go: Callable[[str], Page]) -> None:
    page = go(f"{server.url}/?chapter.by=seconds")  # a link opens its own view
    expect(slider(page, BY.control)).to_be_visible()
    page = go(server.url)
    page.get_by_text("The printed curves").click()
    slider(page, BY.control).scroll_into_view_if_needed()
    wait_for(page, STAGE, reading=maths("epochs")["reading"])
    for step, seen in walk(page, STAGE, BY.control, range(len(BY.values))):
        expected = maths(BY.values[step])
        told = expected.keys() & seen.keys()
        assert {slot: seen[slot] for slot in told} == {slot: expected[slot] for slot in told} and len(told) > 100
    sent, paints = drag(page, BY.control)
    assert sent == 0 and len(paints) >= 5
    assert let_go(page, "chapter.by=") == 1
    slider(page, BY.control).press("End")
    page.wait_for_url("**chapter.by=seconds")
    expect(page.get_by_text("Four epochs at 128 px reach 79.5\u00a0% in 1:24")).to_be_visible()
