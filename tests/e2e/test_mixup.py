"""Mixup's page in a browser: its pixels are Python's, a drag sends nothing, links move the slider."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from pages.parts.mixup import spread
from pages.parts.mixup.batch import CUT_KNOB, CUT_STAGE
from sota_core.figures.frames import now
from sota_core.figures.mixup import cut_batch, sums
from sota_core.figures.mixup.mixing import blended, middle
from sota_core.figures.mixup.spread import VIEWS
from tests.e2e.knobs import (
    BUSY_FRAME_MS,
    REST_LONG,
    SET,
    drag_is_told_once,
    drag_out_and_back,
    shown,
    silence,
    slider,
    unfold,
    wait_for,
    walk,
)
from tests.e2e.mixing import A, B, pixels, wait_for_mix

pytestmark = pytest.mark.slow

STAGE = "mixup.mix"


def slider_of(page: Page):
    return page.locator("input[type=range][aria-label='λ']").first


@pytest.fixture
def mixup(server, go: Callable[[str], Page]) -> Page:
    page = go(server.url + "/mixup")
    expect(slider_of(page)).to_be_visible()
    wait_for_mix(page, 0.7)
    return page


def test_pixels_and_sums_are_those_of_each_step_and_a_drag_sends_nothing(mixup: Page, complaints: list[str]) -> None:
    at = {"a": middle(A), "b": middle(B), "names": ("balloon", "lighthouse")}
    for percent, seen in walk(mixup, STAGE, "mixup.mix", range(101)):
        right = now({**at, "lam": percent / 100}, sums.VIEWS)
        # browsers write colours in a form of their own
        assert {k: seen[k] for k in right if "rgb" not in k} == {k: v for k, v in right.items() if "rgb" not in k}
    for percent in (0, 33, 50, 70, 100):
        slider_of(mixup).fill(str(percent))
        expect(mixup.locator(".lam").first).to_have_text(f"λ = {percent / 100:.2f}")
        wait_for_mix(mixup, percent / 100)  # the numbers appear before the picture is painted
        python = blended(A, B, percent / 100).astype(int)
        assert np.abs(pixels(mixup).astype(int) - python).max() <= 1, percent  # of 255

    silence(mixup)
    box = slider_of(mixup).bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    mixup.mouse.move(box["x"] + 0.7 * box["width"], y)
    mixup.mouse.down()
    seen = {}
    for i in range(60):
        mixup.mouse.move(box["x"] + (0.7 - 0.006 * i) * box["width"], y)
        seen[slider_of(mixup).input_value()] = shown(mixup, STAGE)["lam"]
    assert len(seen) > 20 and len(set(seen.values())) > 20 and mixup.evaluate("window.sent") == 0
    paints = sorted(mixup.evaluate("window.paints"))
    assert paints[len(paints) // 2] <= BUSY_FRAME_MS  # the median
    mixup.mouse.up()
    lam = int(slider_of(mixup).input_value()) / 100
    mixup.wait_for_url(lambda url: url.endswith(f"/mixup?lam={lam}"))
    stands_at(mixup, lam)
    assert mixup.evaluate("window.sent") == 1 and complaints == []


def drag_to(page: Page, lam: float) -> None:
    """Drag across the picture with the mouse, to the place of this λ."""
    box = page.locator("canvas[role=img]").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + lam * box["width"], box["y"] + 50, steps=5)
    page.mouse.up()


def stands_at(page: Page, lam: float) -> None:
    """Slider, picture and numbers have this λ, now and a moment later."""
    for wait in (0, 700):
        page.wait_for_timeout(wait)
        expect(slider_of(page)).to_have_value(str(round(100 * lam)))
        wait_for(page, STAGE, lam=f"{lam:.2f}", share_a=f"{lam:.2f}")
        wait_for_mix(page, lam)


def test_a_double_click_a_drag_a_notice_and_another_knob_leave_one_lambda_and_a_reader_is_told(mixup: Page) -> None:
    slider_of(mixup).press("Shift+ArrowLeft")
    mixup.wait_for_url("**lam=0.6*")
    at = {"a": middle(A), "b": middle(B), "names": ("balloon", "lighthouse"), "lam": 0.6}
    expect(mixup.locator(".st-key-mixup-mix-stage [role=status]")).to_have_text(sums.said(**at)["said"])
    box = slider_of(mixup).bounding_box()
    assert box is not None
    mixup.mouse.dblclick(box["x"] + 0.3 * box["width"], box["y"] + box["height"] / 2)
    stands_at(mixup, 0.7)

    drag_to(mixup, 0.15)
    mixup.wait_for_url("**lam=0.15*")
    mixup.get_by_role("button", name="λ = 0.50").click()
    mixup.wait_for_url(re.compile(r"lam=0\.5($|&)"))
    stands_at(mixup, 0.5)
    unfold(mixup, "mixup.alpha")
    slider(mixup, "mixup.alpha").press("ArrowRight")
    mixup.wait_for_url("**mixup.alpha=0.45*")
    stands_at(mixup, 0.5)
    assert re.search(r"lam=0\.5($|&)", mixup.url)

    for start in (90, 20):  # the notice moves the slider a second time too
        slider_of(mixup).fill(str(start))
        slider_of(mixup).press("ArrowRight")
        wait_for(mixup, STAGE, lam=f"{(start + 1) / 100:.2f}")
        mixup.wait_for_url(f"**lam={(start + 1) / 100}*")
        mixup.get_by_role("button", name="λ = 0.50").click()
        expect(mixup).to_have_url(re.compile(r"lam=0\.5($|&)"))
        stands_at(mixup, 0.5)


def test_after_a_drag_out_and_back_notices_and_back_still_lead(mixup: Page) -> None:
    """A browser sends no `change` where a slider is let go at the value it was pressed at."""
    drag_out_and_back(mixup, slider_of(mixup))
    mixup.get_by_role("button", name="λ = 0.50").click()
    mixup.wait_for_url(re.compile(r"lam=0\.5($|&)"))
    stands_at(mixup, 0.5)
    slider_of(mixup).evaluate(SET, "30")  # as under a hand that is not let go
    mixup.go_back()
    stands_at(mixup, 0.7)


def test_a_notice_pressed_before_a_key_was_told_leads(mixup: Page) -> None:
    """Told after the notice, the key's λ would replace it; told before it, both stand in the browser's history."""
    mixup.evaluate(REST_LONG)
    slider_of(mixup).press("ArrowLeft")
    mixup.get_by_role("button", name="λ = 0.50").click(delay=100)  # no finger is quicker; Streamlit batches both then
    mixup.wait_for_url(re.compile(r"lam=0\.5($|&)"))
    mixup.wait_for_timeout(5000)
    stands_at(mixup, 0.5)


# The first picture that the blend decodes from now on waits for `goOn`.
DECODE_LATE = """() => {
  let first = true;
  const decode = HTMLImageElement.prototype.decode;
  HTMLImageElement.prototype.decode = function () {
    const late = first && this.src.startsWith("data:");
    if (late) first = false;
    return decode.call(this).then(() => late && new Promise((done) => { window.goOn = done; }));
  };
}"""


def choose(page: Page, name: str) -> None:
    page.locator(".st-key-mixup-a input").first.click()
    page.get_by_role("option", name=name).click()


def test_two_drags_the_way_back_and_other_pictures_move_picture_and_numbers(mixup: Page) -> None:
    for lam in (0.15, 0.85):
        drag_to(mixup, lam)
        mixup.wait_for_url(f"**lam={lam}*")
    for lam in (0.15, 0.7):
        mixup.go_back()
        mixup.wait_for_url(f"**lam={lam}*" if lam != 0.7 else "**/mixup")
        stands_at(mixup, lam)
    mixup.go_forward()
    mixup.wait_for_url("**lam=0.15*")
    stands_at(mixup, 0.15)

    # the mix shows the pictures chosen last, even while earlier ones are still being decoded
    mixup.evaluate(DECODE_LATE)
    choose(mixup, "carp")
    mixup.wait_for_function("() => Boolean(window.goOn)")  # a bare function name would be called
    choose(mixup, "balloon")
    wait_for(mixup, STAGE, name_a="balloon")
    wait_for_mix(mixup, 0.15)
    mixup.evaluate("window.goOn()")
    mixup.wait_for_timeout(300)
    assert np.abs(pixels(mixup).astype(int) - blended(A, B, 0.15).astype(int)).max() <= 1


SPREAD = {"n": 1000, "seed": 95, "is_folded": True}


def test_every_step_of_alpha_shows_what_the_maths_says_and_a_drag_is_told_once(mixup: Page) -> None:
    wait_for(mixup, spread.STAGE, alpha="0.40")
    for alpha, seen in walk(mixup, spread.STAGE, "mixup.alpha", spread.KNOB.values):
        right = now({**SPREAD, "alpha": alpha}, VIEWS)
        told = right.keys() & seen.keys()
        assert {slot: seen[slot] for slot in told} == {slot: right[slot] for slot in told} and len(told) > 8

    unfold(mixup, "mixup.alpha")
    before = shown(mixup, spread.STAGE)
    drag_is_told_once(mixup, spread.STAGE, "mixup.alpha")
    after = shown(mixup, spread.STAGE)
    assert all(before[slot] != after[slot] for slot in ("density_d", "draws_d", "share", "mean", "drawn_mean"))


def test_moved_controls_stand_in_the_address_and_batch_and_code_follow_them_when_they_are_seen(mixup: Page) -> None:
    unfold(mixup, "mixup.alpha")
    alpha = mixup.get_by_role("group", name="α", exact=True).locator("input")
    alpha.focus()
    alpha.press("ArrowRight")
    mixup.get_by_text("Folded, as fastai does").click()
    seed = mixup.get_by_label("Seed")
    seed.fill("12")
    seed.press("Enter")
    for part in (r"mixup\.alpha=0\.45", r"mixup\.fold=false", r"mixup\.seed=12"):
        expect(mixup).to_have_url(re.compile(part))
    mixup.reload()
    expect(mixup.get_by_text("At α = 0.45")).to_be_visible()  # the address opens the fold
    unfold(mixup, "mixup.batch")
    expect(mixup.get_by_text("Eight pictures, α = 0.45, seed 12.")).to_be_visible()

    unfold(mixup, "mixup.alpha")
    slider(mixup, "mixup.alpha").press("ArrowRight")
    mixup.wait_for_url("**mixup.alpha=0.5*")
    unfold(mixup, "mixup.batch")
    expect(mixup.get_by_text("Eight pictures, α = 0.50, seed 12.")).to_be_visible()
    mixup.locator(".st-key-mixup-again button").click()
    mixup.wait_for_url(re.compile(r"mixup\.seed=(?!12(&|$))\d"))
    seed = re.search(r"mixup.seed=(\d+)", mixup.url)
    assert seed is not None
    expect(mixup.get_by_text(f"Eight pictures, α = 0.50, seed {seed[1]}.")).to_be_visible()
    unfold(mixup, "code.fastai")
    expect(mixup.locator(".st-key-code-fastai")).to_contain_text("MixUp(0.5)")
    unfold(mixup, "mixup.cut_alpha")
    wait_for(mixup, CUT_STAGE, **{slot: cut_batch.box(1.0, int(seed[1]))[slot] for slot in ("drawn", "width")})
    for alpha, seen in walk(mixup, CUT_STAGE, "mixup.cut_alpha", CUT_KNOB.values):
        right = cut_batch.box(alpha, int(seed[1]))
        assert {slot: seen[slot] for slot in right} == right
    slider(mixup, "mixup.cut_alpha").press("ArrowRight")
    mixup.wait_for_url("**mixup.cut_alpha=1.05*")
    mixup.get_by_role("radio", name="CutMix").click()
    unfold(mixup, "code.fastai")
    expect(mixup.locator(".st-key-code-fastai")).to_contain_text("CutMix(1.05)")


def test_a_phone_keeps_small_controls_in_a_row_and_the_picture_in_sight(
    server, go: Callable[[str], Page], page: Page
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    go(server.url + "/mixup")
    picture, name, number = (
        page.locator(where).first.bounding_box()
        for where in ("figure canvas", ".st-key-mixup-a", ".st-key-mixup-a_number")
    )
    assert picture and name and number
    assert name["x"] + name["width"] <= number["x"] and number["y"] < name["y"] + name["height"]
    assert picture["y"] + picture["height"] / 4 < 844
