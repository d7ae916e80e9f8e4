"""A class on one machine: which cookie counts, what the teacher may do, and a list that stops polling."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from pages.parts.train.runs_list import TICK_S
from sota_core.recipes import PRESETS
from sota_core.runs.states import LIVE, State
from tests.e2e.conftest import Server, nothing_starts
from tests.e2e.knobs import STOP, silence

pytestmark = pytest.mark.slow

TOKEN = "chalk and sponge"
RECIPE = PRESETS["normalize"].replace(source="sample")


@pytest.fixture(scope="module")
def _school(fresh_server: Callable[[], Server]) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SOTA_OPERATOR_TOKEN", TOKEN)
        server = fresh_server()
    with nothing_starts(server):
        yield server


@pytest.fixture
def school(_school: Server) -> Iterator[Server]:
    """A server with a teacher's token, on which nothing is trained. Afterwards no run is left waiting."""
    yield _school
    with _school.store() as store:
        for run in store.history.list_runs(states=LIVE):
            store.transitions.request_cancel(run.id)


def cookie_of(page: Page) -> str:
    return next((c.get("value", "") for c in page.context.cookies() if c.get("name") == "sota_lab"), "")


@pytest.mark.timeout(600)
def test_a_forged_cookie_owns_nothing_and_the_teacher_stops_what_a_visitor_may_not(
    school, go: Callable[[str], Page], complaints: list[str], stranger: Page
) -> None:
    store = school.store()

    # a pupil starts a run: the page says that it waits, and it is theirs after a reload
    page = go(f"{school.url}/train")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/train?run=*")
    (run,) = store.history.list_runs(states=LIVE)
    expect(page.locator("[data-testid=stProgress]")).to_contain_text("it is next")
    page.wait_for_function("document.cookie.includes('sota_lab=')")
    mine = cookie_of(page)
    assert re.fullmatch(r"[0-9a-f]{32}\.[0-9a-f]{32}", mine)
    page.reload()
    expect(page.locator(STOP)).to_be_enabled()

    # the same token without the server's valid signature owns nothing, and is replaced
    forged = mine[:-1] + ("0" if mine[-1] != "0" else "1")
    stranger.context.add_cookies([{"name": "sota_lab", "value": forged, "url": school.url}])
    stranger.goto(f"{school.url}/train?run={run.id}")
    expect(stranger.locator(STOP)).to_be_disabled()
    stranger.wait_for_function(f"!document.cookie.includes('{forged}')")
    assert cookie_of(stranger) not in (mine, forged, "")

    # the teacher enters the token and stops the run from everyone's list
    stranger.goto(f"{school.url}/train?runs=all")
    stranger.get_by_role("button", name="Teacher").click()
    stranger.get_by_label("Operator's token").fill(TOKEN)
    stranger.keyboard.press("Enter")
    expect(stranger.get_by_role("button", name="Close the controls")).to_be_visible()
    assert "chalk" not in stranger.url
    stranger.keyboard.press("Escape")
    stranger.locator(f".st-key-runrow-{run.id} button").click()
    stranger.get_by_role("option", name="Stop").or_(stranger.get_by_role("menuitem", name="Stop")).click()
    expect(stranger.locator(f".st-key-runrow-{run.id}")).to_contain_text("Stopped")
    assert store.history.get(run.id).state is State.CANCELLED and store.history.get(run.id).cancel_by == "operator"
    expect(page.get_by_text("The teacher stopped it.")).to_be_visible()

    # the message after a press must not take the place of the page's first element, which holds its styles
    padding = "() => getComputedStyle(document.querySelector('[data-testid=stMainBlockContainer]')).paddingLeft"
    before = stranger.evaluate(padding)
    stranger.locator(f".st-key-runrow-{run.id} button").click()
    stranger.get_by_role("option", name="Pin").or_(stranger.get_by_role("menuitem", name="Pin")).click()
    expect(stranger.get_by_test_id("stToast")).to_contain_text("pinned")
    silence(stranger)
    assert store.history.get(run.id).pinned and stranger.evaluate(padding) == before
    assert complaints == []


def test_the_list_asks_while_something_waits_and_falls_silent_after(school, go: Callable[[str], Page]) -> None:
    store = school.store()
    run = store.queue.submit(RECIPE, owner="pupil")
    page = go(f"{school.url}/train?runs=all")
    row = page.locator(f".st-key-runrow-{run.id}")
    expect(row).to_contain_text("next")
    store.transitions.request_cancel(run.id)
    expect(row).to_contain_text("Stopped")  # by itself: nobody touched the page
    assert store.history.count(LIVE) == 0
    silence(page, 3_000 * TICK_S)


@pytest.mark.timeout(600)
def test_a_link_from_elsewhere_leads_into_the_room_of_the_day_and_back_is_one_press(
    school, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{school.url}/room?room=FAST7")
    expect(page.get_by_role("heading", name="FAST7")).to_be_visible()
    page.wait_for_function("document.cookie.includes('sota_room=FAST7')")

    lesson, link = f"{school.url}/mixup?lam=0.3", page.get_by_role("link", name="Room FAST7")
    go(lesson)
    assert page.url == lesson
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Train").click()
    page.wait_for_url("**/train?*room=FAST7*")
    expect(link).to_be_visible()
    silence(page)
    page.go_back()
    page.wait_for_url(lesson)
    go(f"{school.url}/train?recipe=mixup")
    expect(link).to_be_visible()

    link.click()
    page.get_by_role("button", name="Leave").click()
    page.wait_for_function("!document.cookie.includes('sota_room')")
    go(f"{school.url}/train?recipe=mixup")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    silence(page)
    expect(link).to_have_count(0)
    assert complaints == []


def test_a_language_and_the_teachers_controls_last_beyond_a_reload_where_they_are_to(
    school, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{school.url}/train?runs=all")
    door, end = page.get_by_role("button", name="Teacher"), page.get_by_role("button", name="Close the controls")
    entered = page.get_by_label("Operator's token")
    for stays in (False, True):
        door.click()
        entered.fill(TOKEN)
        if stays:
            page.get_by_text("Leave the controls open in this browser").click()
        page.get_by_role("button", name="Open the controls").click()
        expect(end).to_be_visible()
        silence(page)
        page.reload()
        door.click()
        expect(end if stays else entered).to_be_visible()
        page.reload()
    door.click()
    end.click()
    expect(entered).to_be_visible()
    page.reload()
    door.click()
    expect(entered).to_be_visible()

    page.keyboard.press("Escape")
    page.get_by_role("button", name="Deutsch").click()
    page.wait_for_function("document.cookie.includes('sota_lang=de')")
    page.goto(f"{school.url}/normalization")
    expect(page.get_by_role("heading", level=1)).to_have_text("Normalisierung")
    assert page.url == f"{school.url}/normalization" and complaints == []
