"""Label smoothing in a browser: every control moves its figure at once, without a message, and shows the maths."""

from collections.abc import Callable, Sequence

import pytest
from playwright.sync_api import Page, expect

from pages.parts.label_smoothing.figure import CLASSES, MOST_EPS, STAGE, knobs
from pages.parts.label_smoothing.wrong_labels import KNOB, SHARED
from sota_core.figures.frames import View, now, span
from sota_core.figures.label_smoothing import mixed, noise, views
from tests.e2e.knobs import drag_is_told_once, slider, unfold, wait_for, walk

pytestmark = pytest.mark.slow
AT = {"eps": 0.1, "n": 10, "label": 3, "logit": 3.0}


@pytest.fixture
def figure(server, go: Callable[[str], Page]) -> Page:
    page = go(f"{server.url}/label_smoothing")
    wait_for(page, STAGE, loss="0.640")
    return page


def test_every_step_of_every_knob_shows_what_the_maths_says_and_a_drag_is_told_once(figure: Page) -> None:
    for of in knobs(10):
        says = list(range(len(of.values))) if of.is_choice else of.values
        steps = walk(figure, STAGE, of.control, says)
        for value, (_, seen) in zip(of.values, steps, strict=True):
            expected = {slot: str(text) for slot, text in now({**AT, of.name: value}, views.VIEWS).items()}
            told = expected.keys() & seen.keys()
            assert {slot: seen[slot] for slot in told} == {slot: expected[slot] for slot in told}, (of.name, value)
            assert len(told) > 60
    for knob in ("eps", "n", "label", "logit"):
        drag_is_told_once(figure, STAGE, f"label_smoothing.{knob}")


def is_as_told(at: dict, views: Sequence[View], seen: dict[str, str]) -> None:
    right = now(at, views)
    told = right.keys() & seen.keys()
    assert told and {slot: seen[slot] for slot in told} == {slot: right[slot] for slot in told}, at


def test_what_follows_further_down_is_drawn_when_it_is_seen(figure: Page) -> None:
    listening = "globalThis.sotaStages.get('label_smoothing').followers.size"
    n_listening = figure.evaluate(listening)
    slider(figure, "label_smoothing.eps").press("ArrowRight")
    figure.wait_for_url("**/*eps=0.11")
    unfold(figure, "code.fastai")
    expect(figure.locator(".st-key-code-fastai")).to_contain_text("0.11")
    unfold(figure, "label_smoothing.lam")
    at = {**AT, "eps": 0.11, "partner": 7, "lam": 0.7}
    wait_for(figure, f"{STAGE}.mixed", a=str(now(at, mixed.VIEWS)["a"]))
    for name, values in (("lam", span(0.5, 1.0, 0.01)), ("partner", range(10))):
        for value, seen in walk(figure, f"{STAGE}.mixed", f"label_smoothing.{name}", values):
            is_as_told({**at, name: value}, mixed.VIEWS, seen)
    unfold(figure, SHARED)
    wait_for(figure, SHARED, **now({"share": KNOB.default, "n": 10}, noise.VIEWS))
    for share, seen in walk(figure, SHARED, SHARED, KNOB.values):
        is_as_told({"share": share, "n": 10}, noise.VIEWS, seen)
    # the section's old script has ended; otherwise each of its versions would keep asking
    assert figure.evaluate(listening) == n_listening >= 2


def test_keys_a_double_click_and_a_notice_move_knob_figure_and_address_together_and_a_reader_is_told(
    figure: Page, complaints: list[str]
) -> None:
    eps = slider(figure, "label_smoothing.eps")
    eps.press("Shift+ArrowRight")
    figure.wait_for_url("**/*eps=0.2")
    wait_for(figure, STAGE, eps="0.20")
    box = eps.bounding_box()
    assert box is not None
    figure.mouse.dblclick(box["x"], box["y"] + box["height"] / 2)
    wait_for(figure, STAGE, eps="0.10")
    assert span(0.0, MOST_EPS, 0.01)[-1] == MOST_EPS and CLASSES[3] == 10

    slider(figure, "label_smoothing.logit").press("ArrowRight")
    said = figure.locator(".st-key-label_smoothing-stage [role=status]")
    expect(said).to_have_text(str(views.said(**{**AT, "logit": 3.1})["said"]))
    expect(slider(figure, "label_smoothing.logit")).to_have_attribute("aria-valuetext", "3.10")

    figure.get_by_role("button", name="logit 10").click()
    right = now({**AT, "logit": 10.0}, views.VIEWS)["loss"]
    wait_for(figure, STAGE, loss=str(right))
    expect(slider(figure, "label_smoothing.logit")).to_have_value("10")

    figure.get_by_role("button", name="N = 1,000").click()
    figure.wait_for_url("**label_smoothing.n=1000*")
    figure.reload()
    expect(figure.get_by_text("… and 990 classes more").first).to_be_visible()
    assert complaints == []
