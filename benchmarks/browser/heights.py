"""heights: how long every page is before anything is unfolded, on a screen 1440 wide and on a phone."""

import sys
from typing import Any

from benchmarks.browser.rss import addresses
from benchmarks.rows import row
from benchmarks.site import browsing, serving, visit

WIDTHS = {1440: 2_200, 390: 4_500}  # px wide → px long at most
PHONE_HEIGHT, SCREEN_HEIGHT = 844, 900
_LONG = "document.querySelector('[data-testid=stMain]').scrollHeight"
_SETTLE_MS = 700  # charts and components take their room after the script has run


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    found: dict[int, dict[str, int]] = {width: {} for width in WIDTHS}
    with serving() as site, browsing() as page:
        for address in addresses():
            for width, heights in found.items():
                page.set_viewport_size({"width": width, "height": SCREEN_HEIGHT if width > 640 else PHONE_HEIGHT})
                visit(page, f"{site.url}/{address}") if width == max(WIDTHS) else None
                page.wait_for_timeout(_SETTLE_MS)
                heights[address] = page.evaluate(_LONG)
    for address in addresses():
        print(f"  /{address:16} " + "  ".join(f"{w}: {found[w][address]} px" for w in WIDTHS), file=sys.stderr)
    return [
        row(
            f"height_{width}",
            [max(heights.values())],
            unit="px",
            budget=WIDTHS[width],
            device=device,
            note=f"the longest of {len(heights)} pages, /{max(heights, key=heights.__getitem__)}",
        )
        for width, heights in found.items()
    ]


if __name__ == "__main__":
    for found in measure():
        print(found)
