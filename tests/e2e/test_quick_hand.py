"""A hand quicker than back.js, which comes a moment after the page: what it does is one step all the same."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.knobs import number, unfold

pytestmark = pytest.mark.slow
HTML = re.compile(r"/Html\.[^/]*\.js$")  # the part of Streamlit's that st.html waits for, and so our script in it


def test_a_back_button_quicker_than_our_script_goes_one_step(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{server.url}/mixup")
    unfold(page, "mixup.seed")
    page.locator(".st-key-mixup-again button").click()
    page.wait_for_url("**mixup.seed=*")
    held: list[Route] = []
    page.route(HTML, lambda route: held.append(route))
    page.reload()
    expect(number(page, "mixup.seed")).not_to_have_value("95")
    page.go_back()
    for route in held:
        route.continue_()
    page.unroute(HTML)
    expect(number(page, "mixup.seed")).to_have_value("95")
    page.wait_for_function("window.hasOneStepBack")
    page.wait_for_timeout(500)
    assert held
    assert page.url == f"{server.url}/mixup" and complaints == []


# Where the tab stands in its history; `history.length` counts what lies ahead too, and ends at 50.
INDEX = "navigation.currentEntry.index"


@pytest.mark.parametrize("is_pressed", [True, False])
@pytest.mark.parametrize(
    ("address", "becomes"),
    [("mixup", "mixup"), ("label_smoothing?label_smoothing.n=5&label_smoothing.eps=0.1", "label_smoothing?*n=5")],
    ids=["as it stands", "with a default, which goes"],
)
def test_a_press_quicker_than_our_script_is_a_step_and_what_comes_by_itself_is_none(
    server, page: Page, go: Callable[[str], Page], address: str, becomes: str, is_pressed: bool
) -> None:
    """The page that a press came from was lost then, and Back led past it."""
    held: list[Route] = []
    page.goto(f"{server.url}/_stcore/health")
    page.route(HTML, lambda route: held.append(route))
    first = page.evaluate(INDEX)
    go(f"{server.url}/{address}")
    page.wait_for_url(f"**/{becomes}")
    if is_pressed:
        page.locator("h1").click()
    assert held and page.evaluate("window.hasOneStepBack") is None
    for route in held:
        route.continue_()
    page.unroute(HTML)
    page.wait_for_function("window.hasOneStepBack")
    page.wait_for_function(f"{INDEX} === {first + 1} && !location.search.includes('eps')")
    # as Streamlit does when the other page begins
    at = page.evaluate(f"() => {{ history.pushState({{}}, '', '/tta'); return [{INDEX}, location.pathname]; }}")
    assert at == [first + 1 + is_pressed, "/tta"]


def test_a_step_that_streamlit_made_before_our_script_was_there_is_not_made_twice(
    server, page: Page, go: Callable[[str], Page]
) -> None:
    held: list[Route] = []
    page.route(HTML, lambda route: held.append(route))
    go(f"{server.url}/mixup")
    page.locator("[data-testid=stSidebarNav] a[href$='/data']").click()
    page.wait_for_url("**/data")
    for route in held:
        route.continue_()
    page.unroute(HTML)
    page.wait_for_function("window.hasOneStepBack")
    before = page.evaluate(INDEX)
    page.evaluate("history.pushState({}, '', '/data?a=1')")  # as Streamlit does by itself
    assert held and page.evaluate(INDEX) == before
    page.go_back()
    page.wait_for_url("**/mixup")
