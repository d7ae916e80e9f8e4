"""A class in its room, each with a browser: one code, a guess nobody sees, and both told when the run has ended."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sota_core.recipes import PRESETS
from tests.runs.told import begin, finish

pytestmark = pytest.mark.slow
RECIPE = PRESETS["normalize"].replace(source="sample")


@pytest.mark.timeout(600)
def test_a_guess_is_sealed_in_one_browser_and_opened_in_both_when_the_run_ends(
    idle_server, go: Callable[[str], Page], complaints: list[str], stranger: Page
) -> None:
    teacher = go(f"{idle_server.url}/room")
    teacher.get_by_role("button", name="New room").click()
    teacher.wait_for_url("**/room?room=*")
    code = teacher.url.rsplit("=", 1)[1]
    expect(teacher.get_by_role("heading", name=code)).to_be_visible()

    store = idle_server.store()
    addresses = "http://evil.example www.evil.example me@evil.example"
    ended = store.queue.submit(RECIPE, owner=addresses, room=code)
    store.transitions.request_cancel(ended.id)
    expect(teacher.locator("table")).to_contain_text("evil.example")
    assert "evil" not in teacher.evaluate("[...document.querySelectorAll('a')].map(a => a.href).join()")
    run = store.queue.submit(RECIPE, owner="web-" + "0" * 20, room=code)
    expect(teacher.get_by_text("is under way")).to_be_visible()  # by itself
    teacher.wait_for_function(
        "(address) => [...document.querySelectorAll('table a')].some((a) => a.href === address)",
        arg=f"{idle_server.url}/train?run={run.id}&room={code}",
    )

    pupil = stranger
    pupil.goto(f"{idle_server.url}/room?room={code}")
    pupil.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    pupil.get_by_text("Predict its accuracy").click()
    box = pupil.locator(f".st-key-guess-value-{run.id} input")
    box.fill("61.5")
    box.press("Enter")
    pupil.locator(f".st-key-guess-seal-{run.id} button").click()
    expect(pupil.get_by_text("Your guess, 61.5\u00a0%, is sealed")).to_be_visible()
    teacher.reload()
    expect(teacher.get_by_text("is under way")).to_be_visible()
    assert "61.5" not in teacher.locator("body").inner_text()

    assert begin(store).id == run.id
    finish(store, run.id, 0.60)
    for page in (teacher, pupil):  # nobody touches either
        expect(page.get_by_text("Closest:")).to_contain_text("1.5 points off")
        expect(page.locator("table")).to_contain_text("60.0\u00a0%")
    assert complaints == []
