"""The ladder in a browser: one press starts it, and its chart grows by itself as the runs end."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from sota_core.recipes.ladder import TRAINED, rung_of
from sota_core.runs.states import State
from tests.runs.told import begin, finish

pytestmark = pytest.mark.slow
# The ladder's address holds the net's settings: here a plan that fits the small set.
ADDRESS = urlencode({"view": "ladder", "source": "sample", "arch": "xresnet18", "width": "0.25"})


@pytest.mark.timeout(600)
def test_one_press_queues_it_and_the_waterfall_grows_to_its_end(
    idle_server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    store = idle_server.store()
    page = go(f"{idle_server.url}/compare?{ADDRESS}")
    page.get_by_role("button", name="Climb the ladder").click()
    page.wait_for_url("**ladder=*")
    progress = page.locator("[data-testid=stProgress]")
    expect(progress).to_contain_text("0 of 10 runs have finished")
    for n in range(1, 11):  # the runs' results are made up: training has tests of its own
        run = begin(store)
        rung = TRAINED.index(rung_of(run.recipe) or "")
        step = 0.04 * (rung > 0)  # normalization is better, all further rungs are equal to it
        finish(store, run.id, 0.6 + step + 0.005 * run.recipe.seed)
        if n in (1, 6):
            expect(progress).to_contain_text(f"{n} of 10 runs have finished")
    expect(progress).to_contain_text("10 of 10 runs have finished")
    expect(page.locator(".st-key-ladder-stop button")).to_have_count(0)
    expect(page.locator("table")).to_contain_text("inside the noise")
    expect(page.locator(".st-key-ladder-waterfall .vega-embed :is(canvas, svg)")).to_be_visible()
    page.reload()  # the address brings the ladder back
    expect(progress).to_contain_text("10 of 10 runs have finished")
    assert complaints == []


def test_an_open_ladder_goes_on_when_a_run_of_it_is_deleted(
    idle_server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    store = idle_server.store()
    page = go(f"{idle_server.url}/compare?{ADDRESS}&seed=50")
    page.get_by_role("button", name="Climb the ladder").click()
    progress = page.locator("[data-testid=stProgress]")
    expect(progress).to_contain_text("0 of 10 runs have finished")
    run = begin(store)
    finish(store, run.id, 0.6)
    expect(progress).to_contain_text("1 of 10 runs have finished")
    assert store.history.delete(run.id)
    expect(progress).to_contain_text("0 of 10 runs have finished; 1 run was deleted")
    page.get_by_role("button", name="Climb the ladder").click()
    expect(progress).not_to_contain_text("deleted")
    assert store.history.count([State.QUEUED]) == 10
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    assert complaints == []


ROWS = """(of) => new Set([...of.querySelectorAll('button')].map((button) => button.offsetTop)).size"""


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_choices_of_a_ladder_stand_in_one_row_each_on_a_small_laptop(
    server, go: Callable[[str], Page], language: str
) -> None:
    page = go(f"{server.url}/compare?{ADDRESS}&lang={language}")
    page.set_viewport_size({"width": 1280, "height": 720})
    page.locator("[data-testid=stMain] table").wait_for()
    choices = page.locator("[data-testid=stMain] [data-testid=stButtonGroup]")
    expect(choices).to_have_count(4)  # the view, minutes per run, what is kept equal, seeds
    for i in range(4):
        assert choices.nth(i).evaluate(ROWS) == 1, choices.nth(i).inner_text()
