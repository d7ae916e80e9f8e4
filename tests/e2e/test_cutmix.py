"""Dragging CutMix's box: picture, λ and target follow, and nothing is sent before the drag ends."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from pages.parts.mixup import cut_box
from sota_core.figures.frames import now
from sota_core.figures.mixup import cut
from tests.e2e.knobs import let_go, shown, silence, slider, unfold, wait_for, walk

pytestmark = pytest.mark.slow

BOX = {"lam": 0.6, "centre": "64,64", "names": ("balloon", "lighthouse")}


@pytest.fixture
def mixup(server, go: Callable[[str], Page]) -> Page:
    page = go(f"{server.url}/mixup")
    wait_for(page, cut_box.STAGE, own="0.61")
    unfold(page, "mixup.cut_lam")
    return page


def pad_of(page: Page):
    return page.get_by_role("slider", name="Centre of the box")


def test_every_step_of_the_box_s_lambda_shows_what_the_maths_says_and_a_drag_of_the_box_is_told_once(
    mixup: Page, complaints: list[str]
) -> None:
    for lam, seen in walk(mixup, cut_box.STAGE, "mixup.cut_lam", cut.LAMS):
        right = now({**BOX, "lam": lam}, cut.VIEWS)
        told = right.keys() & seen.keys()
        assert {slot: seen[slot] for slot in told} == {slot: right[slot] for slot in told} and len(told) > 8

    pad_of(mixup).scroll_into_view_if_needed()
    silence(mixup)  # sections further down ask to be drawn when they come near
    frame = pad_of(mixup).bounding_box()
    assert frame is not None
    mixup.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    mixup.mouse.down()
    for i in range(1, 41):
        share = 0.5 - 0.5 * i / 41
        mixup.mouse.move(frame["x"] + frame["width"] * share, frame["y"] + frame["height"] * share)
    mixup.wait_for_timeout(100)
    seen, right = shown(mixup, cut_box.STAGE), now({**BOX, "centre": "0,0"}, cut.VIEWS)
    assert {slot: seen[slot] for slot in right if slot in seen} == {k: v for k, v in right.items() if k in seen}
    assert seen["own"] == "0.90" and mixup.evaluate("window.sent") == 0
    assert let_go(mixup, "mixup.cut_at=0%2C0") == 1 and complaints == []


def test_the_box_s_lambda_keys_and_the_way_back_move_one_box(mixup: Page) -> None:
    slider(mixup, "mixup.cut_lam").press("ArrowLeft")
    mixup.wait_for_url("**mixup.cut_lam=0.59*")
    pad_of(mixup).press("Shift+ArrowRight")
    mixup.wait_for_url("**mixup.cut_at=104%2C64*")
    right = now({**BOX, "lam": 0.59, "centre": "104,64"}, cut.VIEWS)
    wait_for(mixup, cut_box.STAGE, **{slot: right[slot] for slot in ("own", "left", "right", "lam")})
    mixup.go_back()
    wait_for(mixup, cut_box.STAGE, left=now({**BOX, "lam": 0.59}, cut.VIEWS)["left"])
    pad_of(mixup).press("ArrowDown")
    mixup.wait_for_url("**mixup.cut_at=64%2C68*")
    pad_of(mixup).dblclick(position={"x": 20, "y": 20})
    wait_for(mixup, cut_box.STAGE, left=now({**BOX, "lam": 0.59}, cut.VIEWS)["left"])
    mixup.wait_for_url("**mixup.cut_at=64%2C64*")


def test_what_was_not_pressed_on_the_box_moves_it_not(mixup: Page) -> None:
    """Neither a press that begins outside the box and ends on it, nor one with another mouse button."""
    pad = pad_of(mixup)
    pad.scroll_into_view_if_needed()
    silence(mixup)
    box = pad.bounding_box()
    assert box is not None
    before, corner = pad.get_attribute("aria-valuetext"), (box["x"] + 5, box["y"] + 5)
    mixup.mouse.move(box["x"] - 20, box["y"] - 20)
    mixup.mouse.down()
    mixup.mouse.move(*corner)
    mixup.mouse.up()
    assert pad.get_attribute("aria-valuetext") == before
    mixup.mouse.click(*corner, button="right")
    assert pad.get_attribute("aria-valuetext") == before
    mixup.wait_for_timeout(500)
    assert pad.get_attribute("aria-valuetext") == before and mixup.evaluate("window.sent") == 0
