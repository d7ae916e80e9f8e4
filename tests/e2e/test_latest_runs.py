"""The latest runs on the first screen: names however long lie below one another, and each beside its own marks."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.runs.told import finished_run, let_none_wait, small_recipe

pytestmark = pytest.mark.slow

LONG = {"subset": 0.3, "width": 0.25, "presize": 48, "split": "official", "mixup_alpha": 0.2, "label_smoothing": 0.05}
# Of each name its top, middle and bottom, and of each of the chart's lines its height on the screen.
PLACES = """() => {
  const boxes = [...document.querySelectorAll(".st-key-latest a")].map((name) => name.getBoundingClientRect());
  const lines = [...document.querySelectorAll(".st-key-home-latest .layer_0_marks line")];
  return {
    names: boxes.map(({ top, bottom }) => [top, (top + bottom) / 2, bottom]),
    lines: lines.map((line) => line.getBoundingClientRect().top),
  };
}"""
NEAR_PX = 6  # half a line of a name's words is more


@pytest.mark.parametrize("width", [1440, 1000, 800, 390])
def test_names_do_not_overlap_and_stand_beside_their_marks(idle_server, go: Callable[[str], Page], width: int) -> None:
    store = idle_server.store()
    let_none_wait(store)
    for number, more in enumerate(({}, LONG, LONG)):
        finished_run(store, small_recipe(seed=number, **more))
    page = go(idle_server.url)
    page.set_viewport_size({"width": width, "height": 900})
    page.locator(".st-key-home-latest").scroll_into_view_if_needed()
    expect(page.locator(".st-key-home-latest .layer_0_marks line").first).to_be_attached()
    page.wait_for_timeout(1000)  # Vega draws itself anew when its place has changed, and nothing tells when
    found = page.evaluate(PLACES)
    tops, middles, bottoms = zip(*found["names"], strict=True)
    assert len(found["lines"]) == len(tops) >= 3
    assert all(bottom <= top for bottom, top in zip(bottoms, tops[1:], strict=False)), found
    if width > 900:  # narrower, the chart stands below
        assert [round(m - at) for m, at in zip(middles, found["lines"], strict=True)] == pytest.approx(
            [0] * len(tops), abs=NEAR_PX
        ), found
