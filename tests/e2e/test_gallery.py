"""The gallery in a browser, without the app: whatever a class is called, its caption stays below its own picture."""

import urllib.parse

import pytest
from playwright.sync_api import Page

from pages.shared.components import files, gallery

pytestmark = pytest.mark.slow

HTML, CSS = (files.script(gallery.__file__).with_suffix(end).read_text() for end in (".html", ".css"))
SCRIPT = f"data:text/javascript,{urllib.parse.quote(files.together(gallery.__file__))}"
DRAW = """async ([script, data]) => {
  const { default: draw } = await import(script);
  const setTriggerValue = (name, value) => (window.told ??= []).push([data.label, name, value]);
  draw({ data, setTriggerValue, parentElement: document.body });
}"""
WIDTHS = """(tiles) => tiles.map((tile) => tile.scrollWidth)"""  # includes what overflows a tile
LONG = "black_crowned_night_heron" * 3


TILE = {"picture": "", "alt": "", "head": "", "colour": "", "said": "", "more": "", "verdict": "", "dashed": False}
ROW = {"columns": 8, "most": "9.4rem", "whole": False, "exact": False, "label": "", "invite": ""}


@pytest.fixture
def blank(page: Page) -> Page:
    page.goto("about:blank")
    page.set_content(f"<style>{CSS}</style>{HTML}")
    return page


@pytest.mark.parametrize("part", ["said", "more"])
def test_a_class_name_longer_than_its_picture_is_wide_breaks(part: str, blank: Page) -> None:
    tiles = [TILE | {"pick": None, part: words} for words in ("kite", LONG)]
    blank.evaluate(DRAW, [SCRIPT, ROW | {"tiles": tiles}])
    short, long = blank.locator("li > div").evaluate_all(WIDTHS)
    assert long == short > 50


def test_a_tile_drawn_anew_under_the_hand_is_still_pressed_and_keeps_the_focus(blank: Page) -> None:
    """A gallery that depends on a control above is redrawn whenever that comes to rest, mostly with the same tiles."""

    def draw(label: str, *names: str) -> None:
        tiles = [TILE | {"pick": len(name), "said": name} for name in names]
        blank.evaluate(DRAW, [SCRIPT, ROW | {"tiles": tiles, "label": label}])

    draw("first", "kite", "owl", "clam")
    box = blank.get_by_role("button", name="kite").bounding_box()
    assert box is not None
    blank.mouse.move(box["x"] + 9, box["y"] + 9)
    blank.mouse.down()
    draw("second", "kite", "balloon")
    blank.mouse.up()
    assert blank.evaluate("window.told") == [["second", "picked", 4]]
    assert blank.locator("button").all_inner_texts() == ["kite", "balloon"]
    assert blank.evaluate("document.activeElement.innerText") == "kite"
    blank.get_by_role("button", name="balloon").click()
    assert blank.evaluate("window.told[1]") == ["second", "picked", 7]
