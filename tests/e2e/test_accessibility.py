"""Accessibility of states that have no address of their own (axe-core on a run's panel, the ladder, a room from
inside), and of forced colours.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from benchmarks.browser.accessibility import AXE, STATES, called_alike, skipped_levels, violations
from benchmarks.site import unfold_all
from sota_core.recipes import PRESETS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci"),
]


@pytest.mark.parametrize("state", STATES)
def test_no_state_of_a_page_keeps_anybody_out(server, go: Callable[[str], Page], page: Page, state: str) -> None:
    page.emulate_media(reduced_motion="reduce")  # a recording that would play by itself stands at its end
    unfold_all(go(f"{server.url}/{state}"))
    assert skipped_levels(page) == []
    assert called_alike(page) == []
    found = [*violations(page, state)]
    assert not found, "\n".join(map(str, found))


def test_what_looks_alike_in_a_room_is_told_apart_by_its_run(
    idle_server, go: Callable[[str], Page], page: Page
) -> None:
    store = idle_server.store()
    for seed in (40, 41):
        recipe = PRESETS["normalize"].replace(source="sample", seed=seed)
        store.queue.submit(recipe, owner="web-" + "0" * 20, room="NAMES7")
    unfold_all(go(f"{idle_server.url}/room?room=NAMES7"))
    expect(page.get_by_role("button", name="Seal it: Normalization, seed 41")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Final accuracy, %: Normalization, seed 40")).to_be_visible()
    assert called_alike(page) == []


def test_a_fuller_name_follows_the_language_and_goes_with_its_control(
    server, go: Callable[[str], Page], page: Page
) -> None:
    unfold_all(go(f"{server.url}/train"))
    expect(page.get_by_role("button", name="Baseline: 64 px, 4 epochs, seed 1")).to_be_visible()
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("button", name="Baseline: 64 px, 4 Epochen, Seed 1")).to_be_visible()
    page.locator("[data-testid=stSidebarNav]").get_by_role("link", name="Daten").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Daten")
    page.wait_for_function("() => !sotaNamed.size && !sotaNames.size")


@pytest.fixture
def forced(page: Page) -> Iterator[Page]:
    """A page in forced colours. They are reset afterwards: Chromium would keep them for later pages."""
    page.emulate_media(forced_colors="active")
    yield page
    page.emulate_media(forced_colors="none")


# What shows a control's state, as the browser draws it: the track and thumb of a slider and a switch; for a choice its
# background and the background of those next to it.
DRAWN = """() => {
  const ground = (one) => getComputedStyle(one).backgroundColor;
  const edge = (one) => Number.parseFloat(getComputedStyle(one).borderTopWidth);
  const [slider, toggle] = ["stSlider", "stCheckbox"].map((id) => document.querySelector(`[data-testid=${id}]`));
  const line = slider.querySelector("[role=group] > div");
  const rail = toggle.querySelector("label > span + div");
  const choices = [...document.querySelectorAll("[data-testid=stButtonGroup] [role=radio]")];
  return {
    page: ground(document.querySelector("[data-testid=stApp]")),
    edges: [edge(line.firstElementChild), edge(rail)],
    thumbs: [ground(line.querySelector("div:has(> div > input)")), ground(rail.firstElementChild)],
    chosen: choices.filter((one) => one.dataset.selected).map(ground),
    others: choices.filter((one) => !one.dataset.selected).map(ground),
  };
}"""


def test_where_the_system_chooses_the_colours_a_control_still_tells_its_state(
    server, go: Callable[[str], Page], forced: Page
) -> None:
    """Forced colours remove backgrounds, by which alone Streamlit's sliders, switches and choices show their state."""
    unfold_all(go(f"{server.url}/mixup"))
    forced.wait_for_selector("[data-testid=stSlider]")
    forced.wait_for_selector("[data-testid=stButtonGroup] [role=radio]")
    forced.wait_for_selector("[data-testid=stCheckbox]")
    drawn = forced.evaluate(DRAWN)
    assert min(drawn["edges"]) >= 1 and drawn["page"] not in drawn["thumbs"], drawn
    assert drawn["chosen"] and not {*drawn["chosen"]} & {*drawn["others"]}, drawn


# The marks of our figures that mean something by their background colour, and the page's background, as the browser
# draws them.
MARKS = """() => {
  const all = (root) => [...root.querySelectorAll("*")].flatMap((one) =>
    [one, ...(one.shadowRoot ? all(one.shadowRoot) : [])]);
  const ground = (one) => getComputedStyle(one).backgroundColor;
  return {
    page: ground(document.querySelector("[data-testid=stApp]")),
    marks: all(document).filter((one) => one.matches('[style*="background:"]') && one.checkVisibility()).map(ground),
  };
}"""


@pytest.mark.parametrize("address", ["tta", "label_smoothing"])
def test_where_the_system_chooses_the_colours_the_marks_of_a_figure_are_seen(
    server, go: Callable[[str], Page], forced: Page, address: str
) -> None:
    go(f"{server.url}/{address}")
    forced.wait_for_function(f"() => ({MARKS})().marks.length > 5")
    drawn = forced.evaluate(MARKS)
    assert drawn["page"] not in drawn["marks"]
