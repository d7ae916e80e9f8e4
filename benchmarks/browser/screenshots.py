"""Pictures of the app, to be looked at: every page in both themes at three widths; and those that the README shows.

`make screenshots` puts the former into ./screenshots, which is not kept; `python -m benchmarks.browser.screenshots
--readme` draws the latter anew, on the drawn sample, into docs/.
"""

import argparse
import io
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.browser.accessibility import THEMES
from benchmarks.browser.rss import addresses
from benchmarks.site import browsing, serving, visit
from sota_core import paths

WIDTHS = {1440: 900, 820: 1180, 390: 844}  # px wide → px high: a screen, a tablet, a phone
_LONG = "document.querySelector('[data-testid=stMain]').scrollHeight"
_SETTLE_MS = 2_000  # charts, components and the home page's glide
DOCS, SHOWN = paths.ROOT / "docs", {"width": 1280, "height": 800}
# file → address, and a text that is waited for
README = {
    "screenshot": ("?lam=0.60", "A real run"),
    "tta": ("tta", "Notice"),
    "run": ("train?recording=all-cpu&t=100&paused=true", "By epoch"),
    "compare": ("compare?runs=rec:baseline-cpu-seed-1,rec:mixup-cpu,rec:all-cpu,book/baseline", "Only what differs"),
}
DRAGGED, N_FRAMES, FRAME_MS, FRAME_PX = "lambda.webp", 24, 90, 720
PLAYED, PLAYED_MS, LAST_MS = "played.webp", 400, 2_500  # between two frames of a run that is played, and its end
MARGIN_PX = 12


def all_pages(folder: Path) -> int:
    """Every page with its folds closed, from its top to its end; returns the number of pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    n = 0
    with serving() as site:
        for theme in THEMES:
            with browsing(color_scheme=theme, reduced_motion="reduce") as page:
                for address in addresses():
                    for width, height in WIDTHS.items():
                        page.set_viewport_size({"width": width, "height": height})
                        visit(page, f"{site.url}/{address}")
                        page.wait_for_timeout(_SETTLE_MS)
                        page.set_viewport_size({"width": width, "height": max(height, page.evaluate(_LONG))})
                        page.wait_for_timeout(_SETTLE_MS // 4)
                        page.screenshot(path=folder / f"{address or 'overview'}-{width}-{theme}.png")
                        n += 1
    return n


def readme(folder: Path = DOCS) -> None:
    """Four screens, a drag of λ, and a recorded run that is played."""
    with serving() as site, browsing(color_scheme="light") as page:
        page.set_viewport_size(SHOWN)
        for name, (address, told) in README.items():
            visit(page, f"{site.url}/{address}")
            page.get_by_text(told).first.wait_for()
            page.wait_for_timeout(4 * _SETTLE_MS)  # the home page's run is under way, the first batch decoded
            _small(page.screenshot()).save(folder / f"{name}.png", optimize=True)
        frames = _play(page, site.url)
        _moving(folder / PLAYED, frames, [PLAYED_MS] * (len(frames) - 1) + [LAST_MS])
        visit(page, f"{site.url}/mixup?lam=0.95")
        page.locator("figure canvas").first.wait_for()
        page.wait_for_timeout(_SETTLE_MS)
        frames = _drag(page)
        there_and_back = frames + frames[-2:0:-1]
        _moving(folder / DRAGGED, there_and_back, [FRAME_MS] * len(there_and_back))


def _moving(file: Path, frames: list[Image.Image], durations_ms: list[int]) -> None:
    frames[0].save(file, save_all=True, append_images=frames[1:], duration=durations_ms, loop=0, quality=70)


def _small(png: bytes) -> Image.Image:
    """In 256 colours: a third of the bytes, and no difference to be seen in what is mostly paper."""
    return Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE)


def _drag(page: Any) -> list[Image.Image]:
    """The figure of mixup while a hand takes λ from one end to the other."""
    slider = page.locator("figure input[type=range]").first
    track = slider.bounding_box()
    clip = page.locator(".st-key-pictured-mix").bounding_box()
    y, frames = track["y"] + track["height"] / 2, []
    page.mouse.move(track["x"] + 0.95 * track["width"], y)
    page.mouse.down()
    for i in range(N_FRAMES):
        page.mouse.move(track["x"] + (0.95 - 0.9 * i / (N_FRAMES - 1)) * track["width"], y)
        page.wait_for_timeout(50)
        frames.append(_frame(page.screenshot(clip=clip)))
    page.mouse.up()
    return frames


def _play(page: Any, url: str) -> list[Image.Image]:
    """The home page's recorded run from its first batch to its result, by the clock of its player."""
    visit(page, f"{url}/")
    part = page.locator(".st-key-home-recorded")
    button = part.get_by_role("button")
    again = button.filter(has_text="Play again")
    button.scroll_into_view_if_needed()  # seen, it begins by itself
    again.wait_for(timeout=60_000)
    part.scroll_into_view_if_needed()
    box = part.bounding_box()  # with its verdict
    clip = {
        "x": box["x"] - MARGIN_PX,
        "y": box["y"] - MARGIN_PX,
        "width": box["width"] + 2 * MARGIN_PX,
        "height": box["height"] + 2 * MARGIN_PX,
    }
    button.click()
    frames = []
    while not again.count():
        frames.append(_frame(page.screenshot(clip=clip)))
        page.wait_for_timeout(PLAYED_MS)
    return [*frames, _frame(page.screenshot(clip=clip))]


def _frame(png: bytes) -> Image.Image:
    frame = Image.open(io.BytesIO(png)).convert("RGB")
    return frame.resize((FRAME_PX, round(FRAME_PX * frame.height / frame.width)), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="where every page's pictures go")
    parser.add_argument("--readme", action="store_true", help="draw what the README shows anew")
    asked = parser.parse_args()
    if asked.readme:
        readme()
    if asked.folder:
        print(f"{all_pages(asked.folder)} pictures in {asked.folder}")
