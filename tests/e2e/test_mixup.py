"""Mixup's page under a hand: the browser's pixels are Python's, a drag sends nothing, links move the slider."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from sota_core.figures.mixup.mixing import blended
from tests.e2e.mixing import A, B, pixels, wait_for_mix

pytestmark = pytest.mark.slow

COUNT_SENT = """() => { window.sent = 0; const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (...a) { window.sent++; return send.apply(this, a); }; }"""


def slider_of(page: Page):
    return page.locator("input[type=range][aria-label='λ']").first


@pytest.fixture
def mixup(server, go: Callable[[str], Page]) -> Page:
    page = go(server.url + "/mixup")
    expect(slider_of(page)).to_be_visible()
    wait_for_mix(page, 0.7)
    return page


@pytest.mark.parametrize("percent", [0, 33, 50, 70, 100])
def test_the_browser_s_pixels_are_those_of_mix_images(percent: int, mixup: Page) -> None:
    slider_of(mixup).fill(str(percent))
    expect(mixup.locator(".lam").first).to_have_text(f"λ = {percent / 100:.2f}")
    python = blended(A, B, percent / 100).astype(int)
    assert np.abs(pixels(mixup).astype(int) - python).max() <= 1  # of 255


def test_a_drag_sends_no_frame_and_the_sums_follow_its_release(mixup: Page, complaints: list[str]) -> None:
    mixup.evaluate(COUNT_SENT)
    box = slider_of(mixup).bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    mixup.mouse.move(box["x"] + 0.7 * box["width"], y)
    mixup.mouse.down()
    shown = set()
    for i in range(60):
        mixup.mouse.move(box["x"] + (0.7 - 0.006 * i) * box["width"], y)
        shown.add(slider_of(mixup).input_value())
    assert len(shown) > 20 and mixup.evaluate("window.sent") == 0
    mixup.mouse.up()
    lam = int(slider_of(mixup).input_value()) / 100
    mixup.wait_for_url(f"**/mixup?lam={lam:.2f}")
    expect(mixup.get_by_text(f"● balloon {lam:.2f}")).to_be_visible()
    assert complaints == []


def test_a_notice_moves_the_slider_also_the_second_time(mixup: Page) -> None:
    for start in (90, 20):
        slider_of(mixup).fill(str(start))
        slider_of(mixup).press("ArrowRight")  # a fill alone is no change of the visitor's
        expect(mixup.get_by_text(f"● balloon {(start + 1) / 100:.2f}")).to_be_visible()
        mixup.get_by_role("button", name="λ = 0.50").click()
        expect(slider_of(mixup)).to_have_value("50")
        expect(mixup.get_by_text("● balloon 0.50")).to_be_visible()
        expect(mixup).to_have_url(re.compile(r"lam=0\.50"))


def test_moved_controls_stand_in_the_address_and_a_reload_brings_them_back(mixup: Page) -> None:
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
    expect(mixup.get_by_text("At α = 0.45")).to_be_visible()
    expect(mixup.get_by_text("seed 12")).to_be_visible()


def test_label_smoothing_s_controls_stand_in_the_address(server, go: Callable[[str], Page], complaints) -> None:
    page = go(server.url + "/label_smoothing")
    eps = page.get_by_role("group", name="ε", exact=True).locator("input")
    eps.focus()
    eps.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"label_smoothing\.eps=0\.11"))
    page.get_by_role("button", name="N = 1,000").click()
    expect(page).to_have_url(re.compile(r"label_smoothing\.n=1000"))
    page.reload()
    expect(page.get_by_text("… and 990 classes more").first).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize("address", ["/mixup", "/label_smoothing"])
def test_every_figure_has_words_and_nothing_is_wider_than_a_phone(
    address: str, server, go: Callable[[str], Page], page: Page
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    go(server.url + address)
    expect(page.get_by_text("Prove it")).to_be_visible()
    page.wait_for_selector("[data-testid=stVegaLiteChart] svg, [data-testid=stVegaLiteChart] canvas")
    figures = page.locator("[data-testid=stVegaLiteChart]:visible, canvas[role=img]:visible").all()
    assert figures and all(figure.get_attribute("aria-label") for figure in figures)
    assert page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("e => e.scrollWidth <= e.clientWidth")


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
