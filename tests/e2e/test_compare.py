"""Comparing in a browser: two are picked, looked at by seconds, and taken home as CSV."""

import csv
from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, expect

from pages.parts.compare.batches import STAGE, WEIGHT
from sota_core.published import experiments
from tests.e2e.knobs import drag, shown, slider, wait_for
from tests.runs.told import begin, finish, small_recipe, tell_epoch

pytestmark = pytest.mark.slow


def asked(page: Page) -> dict[str, str]:
    return {name: value[0] for name, value in parse_qs(urlparse(page.url).query).items()}


def test_two_are_picked_shown_by_seconds_and_downloaded(server, go: Callable[[str], Page], complaints) -> None:
    page = go(f"{server.url}/compare?runs=notes%2Fmixup")
    page.get_by_role("combobox").first.fill("label smoothing")  # the list draws only the options in sight
    page.get_by_role("option", name="notes: label smoothing").click()
    page.keyboard.press("Escape")
    page.wait_for_url("**label-smoothing**")
    page.get_by_role("radio", name="seconds").or_(page.get_by_text("seconds", exact=True)).first.click()
    page.wait_for_url("**x=seconds**")
    assert asked(page) == {"runs": "notes/mixup,notes/label-smoothing", "x": "seconds"}
    chart = page.locator(".st-key-compare-curves")
    expect(chart.get_by_text("training time (min:s)")).to_be_visible()
    expect(chart.get_by_text("5:00", exact=True)).to_be_visible()

    box = chart.locator(".vega-embed").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.97 * box["width"], box["y"] + 0.6 * box["height"])  # behind the last epochs
    expect(page.locator("#vg-tooltip-element")).to_contain_text("notes: mixup")
    expect(page.locator("#vg-tooltip-element")).to_contain_text("notes: label smoothing")

    with page.expect_download() as download:
        page.get_by_role("button", name="Every epoch and view as CSV").click()
    with download.value.path().open(newline="") as file:
        rows = list(csv.DictReader(file))
    for name in ("notes/mixup", "notes/label-smoothing"):
        kept = [float(r["accuracy"]) for r in rows if r["id"] == name and r["row"] == "epoch"]
        assert kept == [row.accuracy for row in experiments()[name].rows]

    again = go(page.url)  # the address brings the same screen back
    expect(again.locator(".st-key-compare-curves").get_by_text("training time (min:s)")).to_be_visible()
    assert complaints == []


def test_losses_by_batch_are_smoothed_under_a_hand(server, go: Callable[[str], Page]) -> None:
    page = go(f"{server.url}/compare?runs=rec:mixup-cpu,rec:baseline-cpu-seed-1")
    page.get_by_text("Training loss by batch").click()
    page.locator(".st-key-compare-losses").scroll_into_view_if_needed()
    wait_for(page, STAGE, weight="0.98")
    slider(page, WEIGHT.control).scroll_into_view_if_needed()
    before = shown(page, STAGE)
    sent, paints = drag(page, WEIGHT.control)
    now = shown(page, STAGE)
    assert sent == 0 and len(paints) >= 5
    assert now["smooth0"] != before["smooth0"] and now["raw0"] == before["raw0"]
    page.mouse.up()
    page.wait_for_url("**smooth=*")
    assert page.evaluate("window.sent") == 1


def test_a_run_under_way_moves_while_the_choices_stay(idle_server, go: Callable[[str], Page], complaints) -> None:
    store = idle_server.store()
    run = store.queue.submit(small_recipe(), owner="ann")
    page = go(f"{idle_server.url}/compare?runs={run.id},notes%2Fmixup,notes%2Fbaseline-fp32&x=seconds")
    page.locator(".st-key-address-base").get_by_role("combobox").click()
    page.get_by_role("option", name="notes: mixup").click()
    page.wait_for_url("**base=notes**")
    before = page.url
    begin(store)
    for number in range(2):
        tell_epoch(store, run.id, number, 0.5)
    table = page.locator("table").first
    expect(table).to_contain_text("1 under way")
    finish(store, run.id, 0.6)
    expect(table).to_contain_text("61.0\u00a0%")  # with TTA: it has ended
    expect(table).not_to_contain_text("under way")
    assert page.url == before
    assert complaints == []
