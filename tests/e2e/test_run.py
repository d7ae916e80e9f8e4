"""A run as a visitor sees it: started with one press, watched, shared, reloaded, stopped, finished."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from benchmarks.browser.accessibility import IS_IN, THEMES
from pages.parts.train.live_panel import TICK_S
from sota_core import words
from sota_core.figures.palette import ROLES
from sota_core.runs.states import State
from tests.e2e import knobs
from tests.e2e.conftest import Server
from tests.e2e.knobs import STOP, silence

pytestmark = pytest.mark.slow

SMALL = {
    "recipe": "normalize",
    "source": "sample",
    "fit": "printed",
    "split": "official",
    "arch": "xresnet18",
    "width": "0.25",
    "presize": "48",
    "subset": "0.1",
    "device": "cpu",
    "phases.0.size": "32",
    "phases.0.bs": "16",
}
LONG = SMALL | {"subset": "1.0", "phases.0.n_epochs": "50"}


@pytest.fixture(scope="module")
def server(fresh_server: Callable[[], Server]) -> Server:
    """A server of its own, because it trains."""
    return fresh_server()


WATCH_FOR_REDRAWS = """() => {
  window.redrawn = 0;
  new MutationObserver(changes => {
    for (const { removedNodes } of changes) for (const node of removedNodes)
      if (node.matches?.("svg.marks") || node.querySelector?.("svg.marks")) window.redrawn++;
  }).observe(document.querySelector(".st-key-figure-loss"), { childList: true, subtree: true });
}"""


def start(page: Page) -> str:
    """Press Start; returns the id of the run whose page opens."""
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/train?run=*")
    return page.url.partition("run=")[2].partition("&")[0]


# The smoothed loss curve on the screen: the longest line path in the loss figure.
LOSS_PATH = """() => [...document.querySelectorAll(".st-key-figure-loss .mark-line path")]
  .map((path) => path.getAttribute("d") ?? "").reduce((a, b) => (b.length > a.length ? b : a), "")"""


@pytest.mark.timeout(600)
def test_a_run_is_started_watched_reloaded_shared_and_stopped(
    server, go: Callable[[str], Page], complaints: list[str], stranger: Page
) -> None:
    page = go(f"{server.url}/train?{urlencode(LONG)}")
    run_id = start(page)
    store = server.store()

    # the curve moves while the run lives
    expect(page.locator("[data-testid=stProgress]")).to_contain_text("Training")
    page.wait_for_function("document.querySelectorAll('.st-key-figure-loss .mark-line path').length > 0")
    page.evaluate(WATCH_FOR_REDRAWS)
    first = page.evaluate(LOSS_PATH)
    page.wait_for_function(f"(before) => ({LOSS_PATH})().length > before", arg=len(first))
    assert page.evaluate("window.redrawn") == 0  # the chart was updated and not replaced, so nothing flickers
    assert store.history.get(run_id).state is State.RUNNING

    # a reload shows the same run, and its visitor may still stop it
    page.reload()
    expect(page.get_by_text(run_id)).to_be_visible()
    expect(page.locator(STOP)).to_be_enabled()

    # somebody else who opens the address sees the run, but may not stop it
    stranger.goto(f"{server.url}/train?run={run_id}")
    expect(stranger.get_by_text(run_id)).to_be_visible()
    expect(stranger.locator(STOP)).to_be_disabled()

    page.locator(STOP).click()
    expect(page.get_by_role("heading", name="Stopped")).to_be_visible()
    expect(stranger.get_by_role("heading", name="Stopped")).to_be_visible()
    assert store.history.get(run_id).state is State.CANCELLED
    assert store.log.events(run_id, kinds=["batch"])  # a stopped run keeps its events
    assert complaints == []


@pytest.mark.timeout(600)
def test_a_finished_run_has_its_verdict_and_files_and_no_longer_asks(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{server.url}/train?{urlencode(SMALL | {'phases.0.n_epochs': '2'})}")
    run_id = start(page)
    expect(page.get_by_role("heading", name="Finished")).to_be_visible(timeout=300_000)
    expect(page.locator("#sota-told")).to_contain_text("Finished: accuracy")
    expect(page.get_by_text("What happened")).to_be_visible()
    expect(page.locator(".st-key-figure-accuracy .mark-symbol path").first).to_be_visible()
    run = server.store().history.get(run_id)
    assert run.state is State.FINISHED

    # TTA: one point for the plain view and one for each augmented view
    views = page.locator(".st-key-figure-accuracy .mark-symbol").last.locator("path")
    expect(views).to_have_count(1 + run.recipe.tta_n)

    for name, holds in {
        "metrics.csv": "accuracy",
        "README.md": "pipeline_tag: image-classification",
        "steps.csv": "smooth_loss",
    }.items():
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        assert holds in download.value.path().read_text()

    # the answers of each epoch follow the slider, without a message
    page.get_by_text("Epoch by epoch").click()
    knobs.wait_for(page, "run.epochs", epoch="2")
    knobs.slider(page, "run.epoch").scroll_into_view_if_needed()
    last = knobs.shown(page, "run.epochs")
    n_sent, _ = knobs.drag(page, "run.epoch")
    track = page.locator(".st-key-run-epoch [role=group]").first.bounding_box()
    assert n_sent == 0 and track is not None
    page.mouse.move(track["x"] + 5, track["y"] + track["height"] / 2)
    knobs.wait_for(page, "run.epochs", epoch="1")
    first = knobs.shown(page, "run.epochs")
    assert first["right"] == words.percent(server.store().log.events(run_id, kinds=["epoch"])[0]["accuracy"])
    assert first["turned"] != last["turned"]
    page.mouse.up()
    # only what is in sight is redrawn
    page.get_by_role("heading", name="Forgotten most often").scroll_into_view_if_needed()
    expect(page.get_by_role("heading", name="The mistakes it was surest of after epoch 1")).to_be_visible()

    silence(page, 5_000 * TICK_S)  # polling has ended

    # figures follow a change between light and dark
    line = page.locator(".st-key-figure-accuracy .mark-line path").first
    expect(line).to_have_attribute("stroke", ROLES["valid"].light)
    page.emulate_media(color_scheme="dark")
    expect(line).to_have_attribute("stroke", ROLES["valid"].dark)
    assert complaints == []


def test_an_address_of_no_run_says_so_and_leads_on(server, go: Callable[[str], Page]) -> None:
    page = go(f"{server.url}/train?run=nosuchrun2")
    expect(page.get_by_role("heading", name="There is no run")).to_be_visible()
    page.get_by_text("Start with a fresh recipe").click()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()


CONTRAST = """(button) => {
  const rgb = (text) => text.match(/[0-9.]+/g).map(Number);
  const light = (text) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = rgb(text).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let behind = button;
  while (behind && (rgb(getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0) behind = behind.parentElement;
  const text = button.querySelector("p") ?? button;
  const [a, b] = [getComputedStyle(text).color, getComputedStyle(behind).backgroundColor].map(light);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""


def test_a_start_that_waits_can_be_read(server, go: Callable[[str], Page]) -> None:
    page = go(f"{server.url}/train?phases.0.bs=2048")
    start = page.locator(".st-key-lab-start button")
    expect(start).to_be_disabled()
    for scheme in THEMES:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(IS_IN, arg=scheme)
        page.wait_for_function(f"() => ({CONTRAST})(document.querySelector('.st-key-lab-start button')) >= 4.5")
    page.get_by_text("Turn the knobs").click()  # a problem stays in sight while the controls above it are used
    page.get_by_text("Schedule").first.scroll_into_view_if_needed()
    below = page.locator(".st-key-lab-bar")
    expect(below).to_be_in_viewport(ratio=1)
    expect(below).to_contain_text("2048")
    expect(below.get_by_role("button", name="Start")).to_be_disabled()


# Text typed as a batch size where there are 150 training pictures → the message at the field.
IMPOSSIBLE = {
    "2048": "Must be a whole number from 2 to 1024, got '2048'",
    "200": "A batch of 200 needs at least as many pictures to train on, got 150; choose a batch size of at most 150",
}


@pytest.mark.parametrize("typed", IMPOSSIBLE)
def test_a_batch_size_that_cannot_be_is_told_in_red_at_its_knob_and_stays_to_be_mended(
    server, go: Callable[[str], Page], typed: str
) -> None:
    page = go(f"{server.url}/train?subset=0.1")
    knobs.unfold(page, "knob.phases.0.bs")
    knob = page.locator(".st-key-knob-phases-0-bs input")
    possible = knob.input_value()
    said = page.get_by_test_id("stColumn").filter(has=knob).locator(".stMarkdownColoredText")
    starts = [page.locator(f".st-key-{key} button") for key in ("lab-start", "lab-start_below")]
    for start in starts:
        expect(start).to_be_enabled()
    expect(said).to_have_count(0)

    knob.fill(typed)
    knob.press("Enter")
    expect(said.first).to_contain_text(IMPOSSIBLE[typed])
    red, green, blue = map(int, re.findall(r"\d+", said.first.evaluate("node => getComputedStyle(node).color"))[:3])
    assert red > 2 * max(green, blue)
    for start in starts:
        expect(start).to_be_disabled()
    silence(page)  # the field still shows the typed text after the answer
    expect(knob).to_have_value(typed)

    knob.fill(possible)
    knob.press("Enter")
    expect(said).to_have_count(0)
    for start in starts:
        expect(start).to_be_enabled()
