"""A press on *Notice* shows what it does: its figure is unfolded and in sight, on a screen and on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from pages.shared.components.stage import css_class

pytestmark = pytest.mark.slow
SCREENS = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})
# page → what each of its three observations can be seen on
SHOWN = {
    "baseline": ("baseline.effect", "baseline.effect", "baseline.tables"),
    "normalization": ("normalization.figure",) * 3,
    "resizing": ("resizing.sized", "resizing.bars", "resizing.bars"),
    "tta": ("tta.votes",) * 3,
    "mixup": ("mixup.mix", "mixup.spread_figure", "mixup.epochs"),
    "label_smoothing": ("label_smoothing.figure",) * 3,
}


@pytest.mark.parametrize("address", SHOWN)
def test_what_a_notice_shows_is_in_sight_after_the_press(address: str, server, go: Callable[[str], Page]) -> None:
    page = go(f"{server.url}/{address}")
    for screen in SCREENS:
        page.set_viewport_size(screen)
        for i, key in enumerate(SHOWN[address]):
            page.locator(f".st-key-notice-{i} button").click()
            page.wait_for_timeout(800)  # what the server sends may move what stands above
            page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
            box = page.locator(f".{css_class(key)}").bounding_box()
            assert box is not None, key
            seen = min(box["y"] + box["height"], screen["height"]) - max(box["y"], 0)
            assert seen >= 0.9 * min(box["height"], screen["height"] - 60), (key, screen, box)
