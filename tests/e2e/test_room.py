"""A class in its room, each pupil with a browser: one code, hidden guesses, and results for both when the run has
ended.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from pages.shared.runs.guesses import COUNT_S
from sota_core.people.rooms import new_room_code
from sota_core.recipes import PRESETS
from tests.e2e.guess import seal
from tests.e2e.knobs import silence
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
    expect(teacher.get_by_text("has not ended yet")).to_be_visible()  # without a reload
    teacher.wait_for_function(
        "(address) => [...document.querySelectorAll('table a')].some((a) => a.href === address)",
        arg=f"{idle_server.url}/train?run={run.id}&room={code}",
    )

    pupil = stranger
    pupil.goto(f"{idle_server.url}/room?room={code}")
    pupil.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    seal(pupil, run.id)
    expect(teacher.get_by_text("1 guess so far")).to_be_visible()  # without a reload
    teacher.reload()
    expect(teacher.get_by_text("has not ended yet")).to_be_visible()
    expect(teacher.locator("table")).to_contain_text("waiting")  # this tab has shown the run already
    assert "61.5" not in teacher.locator("body").inner_text()

    assert begin(store).id == run.id
    finish(store, run.id, 0.60)
    for page in (teacher, pupil):  # both change by themselves
        expect(page.get_by_text("Closest:")).to_contain_text("1.5 points off")
        expect(page.locator("table")).to_contain_text("60.0\u00a0%")
        expect(page.locator("#sota-told")).to_contain_text("has ended: 60.0\u00a0%")
    assert complaints == []


def test_a_mistyped_code_is_asked_about_and_only_the_right_one_is_entered(
    idle_server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{idle_server.url}/room")
    code, field = new_room_code(), page.get_by_role("textbox", name="Code")
    mistyped = ("3" if code[0] == "2" else "2") + code[1:]
    field.fill(mistyped.lower())
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_text(f"Nobody is in room {mistyped}")).to_be_visible()
    silence(page)
    assert "room=" not in page.url
    expect(page.get_by_role("heading", name="Join one")).to_be_visible()
    expect(page.get_by_role("heading", name=mistyped)).to_have_count(0)

    field.fill(code.lower())
    page.get_by_role("button", name="Join", exact=True).click()
    page.wait_for_url(f"**/room?room={code}")
    expect(page.get_by_role("heading", name=code)).to_be_visible()
    expect(page.get_by_text("Nothing has happened in this room yet")).to_have_count(0)
    assert complaints == []


def test_who_has_sealed_a_guess_sees_the_next_one_counted_without_a_press(
    idle_server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    store, code = idle_server.store(), new_room_code()
    run = store.queue.submit(RECIPE, owner="web-" + "0" * 20, room=code)
    page = go(f"{idle_server.url}/room?room={code}")
    seal(page, run.id)
    expect(page.get_by_text("1 guess so far")).to_be_visible()
    assert store.guesses.commit_accuracy(run.id, owner="other", value=0.5, room=code)
    # Recounted every COUNT_S seconds; a busy machine may skip a turn.
    expect(page.get_by_text("2 guesses so far")).to_be_visible(timeout=3_000 * COUNT_S)
    expect(page.get_by_text("1 guess so far")).to_have_count(0)
    assert complaints == []


def test_the_qr_code_is_whole_on_a_low_screen_and_stays_until_it_is_closed(
    idle_server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    store, code = idle_server.store(), new_room_code()
    page = go(f"{idle_server.url}/room?room={code}")
    page.set_viewport_size({"width": 1280, "height": 720})
    page.get_by_role("button", name="QR code").click()
    image = page.locator("img[alt^='QR code of']")
    expect(image).to_be_in_viewport(ratio=1)
    box = image.bounding_box()
    assert box is not None and box["width"] > 400
    store.queue.submit(RECIPE, owner="web-" + "0" * 20, room=code)
    expect(page.locator("table")).to_contain_text("waiting")  # the page has been drawn anew behind it
    silence(page)
    expect(image).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(image).to_have_count(0)
    silence(page)
    page.get_by_role("link", name="Start a run in this room").click()
    page.wait_for_url("**/train?*")
    page.go_back()
    expect(page.get_by_role("heading", name=code)).to_be_visible()
    silence(page)
    expect(image).to_have_count(0)
    assert complaints == []


def test_the_qr_code_is_closed_for_whoever_comes_back_to_the_room(
    idle_server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    code = new_room_code()
    page = go(f"{idle_server.url}/mixup?room={code}")
    page.locator("[data-testid=stSidebarNav]").get_by_role("link", name="Class room").click()
    page.wait_for_url("**/room?*")
    page.get_by_role("button", name="QR code").click()
    image = page.locator("img[alt^='QR code of']")
    expect(image).to_be_visible()
    page.go_back()
    page.wait_for_url("**/mixup?*")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mixup")
    silence(page)
    page.go_forward()
    expect(page.get_by_role("heading", name=code)).to_be_visible()
    silence(page)
    expect(image).to_have_count(0)
    assert complaints == []
