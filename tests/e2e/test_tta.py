"""Test-time augmentation in a browser: every control moves the figures at once, without a message, and shows the
maths.
"""

from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, expect

from pages.parts.tta.controls import RESCUED, SEED
from pages.parts.tta.figure import BETA, KNOBS, STAGE, VOTES, N
from pages.shared.components.stage import css_class
from pages.shared.pictures.models import SHIPPED_FOLDER
from sota_core import settings as environment
from sota_core.figures.frames import now
from sota_core.figures.tta import validation_set, views
from sota_core.figures.tta.views import N_VIEWS, Said
from sota_core.inference import load_model, sweep
from sota_core.inference.named_picture import open_named
from sota_core.inference.predictions import load_stored
from sota_core.inference.sweep import TRAINED
from sota_core.inference.view_predictions import look, stretch
from sota_core.inference.views import STRENGTHS
from tests.e2e.knobs import drag_is_told_once, silence, slider, unfold, wait_for, walk

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def at() -> dict:
    """What the page must show at first, computed without the page."""
    model, stored = load_model(SHIPPED_FOLDER), load_stored(SHIPPED_FOLDER / "predictions.npz")
    picture = open_named("sample", stored.names[RESCUED], model.presize, environment.load())
    looks, label = look(model, picture, N_VIEWS, SEED), int(stored.labels[RESCUED])
    others = {s: stretch(model, picture, N_VIEWS, SEED, s) for s in STRENGTHS if s != TRAINED}
    probs, how = {s: found.probs for s, (found, _) in others.items()}, {s: how for s, (_, how) in others.items()}
    how[TRAINED] = list(looks.draws)
    return {
        "said": Said(model.names, looks.plain.probs[0], looks.augmented.probs, label, probs),
        "how": tuple(tuple(how[s]) for s in STRENGTHS),
        "swept": sweep.load(SHIPPED_FOLDER / "sweep.npz"),  # checked in test_shipped_model.py
        "n": N,
        "beta": BETA,
        "use_max": False,
        "log_odds": False,
        "strength": TRAINED,
    }


def maths(at: dict, **moved: object) -> dict[str, str]:
    return now(at | moved, (*views.VIEWS, views.happened, *validation_set.VIEWS))


@pytest.fixture
def figure(server, go: Callable[[str], Page], at: dict) -> Page:
    page = go(f"{server.url}/tta")
    wait_for(page, STAGE, p=maths(at)["p"], set_both=maths(at)["set_both"])
    return page


SLIDERS = [knob for knob in KNOBS if knob.name in ("n", "beta", "strength")]


def test_every_step_of_every_knob_and_the_switch_show_what_the_maths_says(figure: Page, at: dict) -> None:
    bars = figure.locator(".st-key-tta-votes .votes").first  # in sight without scrolling
    expect(bars).to_be_visible()
    box = bars.bounding_box()
    assert box is not None and box["y"] + box["height"] <= 900

    for of in SLIDERS:
        for value, seen in walk(figure, STAGE, of.control, of.values):
            expected = maths(at, **{of.name: value})
            told = expected.keys() & seen.keys()
            assert {slot: seen[slot] for slot in told} == {slot: expected[slot] for slot in told}, (of.name, value)
            assert len(told) > 120

    # the switch moves the figure before the server answers
    switch = figure.locator(".st-key-tta-use_max input")
    # what the figure shows once the click is painted, with messages from the server held back
    figure.evaluate("window.hold = WebSocket.prototype.send; WebSocket.prototype.send = () => {}")
    figure.get_by_text("Maximum instead of mean").click()
    expect(switch).to_be_checked()
    wait_for(figure, STAGE, if_mean="none", p=maths(at, use_max=True)["p"])
    figure.get_by_text("Maximum instead of mean").click()
    wait_for(figure, STAGE, if_mean="", if_max="none", p=maths(at)["p"])


def test_what_follows_further_down_is_drawn_when_it_is_seen_and_a_picture_clicked_there_is_looked_at(
    figure: Page, at: dict
) -> None:
    slider(figure, "tta.n").press("End")
    figure.wait_for_url("**/*tta.n=8")
    unfold(figure, "code.fastai")
    expect(figure.locator(".st-key-code-fastai")).to_contain_text("n=8")
    unfold(figure, "tta.rescued")
    rescued = maths(at, n=8)["set_rescued"]
    assert rescued != maths(at)["set_rescued"]
    expect(figure.get_by_text(f"Rescued · {rescued} pictures")).to_be_visible()
    silence(figure)  # the pictures come a moment after the heading

    tile = figure.get_by_title("Look at this picture above").filter(has_not_text=f"picture {RESCUED}:").first
    number = tile.inner_text().partition("picture ")[2].partition(":")[0]
    tile.click()
    figure.wait_for_url(f"**tta.picture={number}**")
    expect(figure.get_by_label("Picture", exact=True)).to_have_value(number)
    # the figure it changes, far above the button
    expect(figure.locator(f".{css_class(VOTES)}")).to_be_in_viewport(ratio=0.9)


def test_keys_a_notice_and_a_drag_move_knobs_and_figures_and_a_reader_is_told(figure: Page, at: dict) -> None:
    slider(figure, "tta.n").press("ArrowRight")
    told = views.told(at["said"], N + 1, BETA, False, False, TRAINED)["said"]
    expect(figure.locator(".st-key-tta-stage [role=status]")).to_have_text(told)

    figure.get_by_role("button", name="use_max with 8 views").click()
    moved = maths(at, n=8, use_max=True)
    wait_for(figure, STAGE, p=moved["p"], if_mean="none", set_both=moved["set_both"], ring_y=moved["ring_y"])
    expect(slider(figure, "tta.n")).to_have_value("8")

    figure.get_by_text("Maximum instead of mean").click()  # the maximum has no weight β
    wait_for(figure, STAGE, if_mean="", if_max="none")
    expect(figure.locator(".st-key-tta-beta input")).to_be_enabled()
    for knob in SLIDERS:
        drag_is_told_once(figure, STAGE, knob.control)


def address(page: Page) -> dict[str, str]:
    return {name: value[0] for name, value in parse_qs(urlparse(page.url).query).items()}


def test_every_control_writes_its_value_into_the_address(server, go: Callable[[str], Page], complaints) -> None:
    page = go(f"{server.url}/tta")
    page.get_by_role("slider", name="Augmented views n").press("ArrowRight")
    page.wait_for_url("**tta.n=5**")
    page.get_by_role("slider", name="Weight of the plain view β").press("ArrowRight")
    page.wait_for_url("**tta.beta=0.3**")
    page.get_by_label("Picture", exact=True).fill("31")
    page.get_by_label("Picture", exact=True).press("Enter")
    page.wait_for_url("**tta.picture=31**")
    page.get_by_label("Seed of the views").fill("77")
    page.get_by_label("Seed of the views").press("Enter")
    page.wait_for_url("**tta.seed=77**")
    page.get_by_text("Maximum instead of mean").click()
    page.wait_for_url("**tta.use_max=true**")
    expected = {"tta.n": "5", "tta.beta": "0.3", "tta.picture": "31", "tta.seed": "77", "tta.use_max": "true"}
    assert address(page) == expected
    again = go(page.url)
    expect(again.get_by_label("Picture", exact=True)).to_have_value("31")
    assert address(again) == expected and complaints == []
