"""The gallery in a browser, without the app: whatever a class is called, its words stay below its own picture."""

import urllib.parse

import pytest
from playwright.sync_api import Page

from sota_core import paths

pytestmark = pytest.mark.slow

FILES = {
    kind: (paths.ROOT / "pages/shared/components" / f"gallery.{kind}").read_text() for kind in ("html", "css", "js")
}
DRAW = """async ([script, data]) => {
  const { default: draw } = await import(script);
  draw({ data, setTriggerValue: () => {}, parentElement: document.body });
}"""
WIDTHS = """(tiles) => tiles.map((tile) => tile.scrollWidth)"""  # with what goes beyond a tile
LONG = "black_crowned_night_heron" * 3


@pytest.mark.parametrize("part", ["said", "more"])
def test_a_class_name_longer_than_its_picture_is_wide_breaks(part: str, page: Page) -> None:
    tile = {"picture": "", "alt": "", "head": "", "colour": "", "said": "", "more": "", "verdict": "", "dashed": False}
    tiles = [tile | {"pick": None, part: words} for words in ("kite", LONG)]
    data = {"tiles": tiles, "columns": 8, "most": "9.4rem", "height": "0", "whole": False, "exact": False}
    page.goto("about:blank")
    page.set_content(f"<style>{FILES['css']}</style>{FILES['html']}")
    page.evaluate(
        DRAW, [f"data:text/javascript,{urllib.parse.quote(FILES['js'])}", {**data, "label": "", "invite": ""}]
    )
    short, long = page.locator("li > div").evaluate_all(WIDTHS)
    assert long == short > 50
