"""Comparing in a browser: two runs are chosen, shown by seconds, and downloaded as CSV."""

import csv
from collections.abc import Callable, Collection
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, expect

from pages.parts.compare.batches import STAGE
from pages.parts.compare.picker import read
from pages.shared.runs.start import listed
from sota_core.analysis.comparison import groups
from sota_core.figures.runs import batches
from sota_core.figures.runs.batches import WEIGHTS
from sota_core.published import FIRST, SHORT, experiments
from sota_core.runs.recordings.recording import shipped
from tests.e2e.knobs import REST_LONG, drag_out_and_back, let_go, shown, silence, wait_for
from tests.runs.told import begin, finish, small_recipe, tell_epoch

pytestmark = pytest.mark.slow


def asked(url: str) -> dict[str, str]:
    return {name: value[0] for name, value in parse_qs(urlparse(url).query).items()}


def test_two_are_picked_shown_by_seconds_and_downloaded(server, go: Callable[[str], Page], complaints) -> None:
    page = go(f"{server.url}/compare?runs=notes%2Fmixup")
    # By its key, because the page's other boxes can appear before it. The list draws only the options in sight.
    page.locator(".st-key-compare-runs").get_by_role("combobox").fill("label smoothing")
    page.get_by_role("option", name="notes: label smoothing").click()
    page.keyboard.press("Escape")
    page.wait_for_url("**label-smoothing**")
    page.get_by_role("radio", name="seconds").or_(page.get_by_text("seconds", exact=True)).first.click()
    page.wait_for_url("**x=seconds**")
    assert asked(page.url) == {"runs": "notes/mixup,notes/label-smoothing", "x": "seconds"}
    chart = page.locator(".st-key-compare-curves")
    expect(chart.get_by_text("training time (min:s)")).to_be_visible()
    expect(chart.get_by_text("5:00", exact=True)).to_be_visible()

    silence(page)  # a chart redrawn under a mouse at rest shows no tooltip
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
    runs = ["rec:mixup-cpu", "rec:baseline-cpu-seed-1"]
    page = go(f"{server.url}/compare?runs={','.join(runs)}")
    page.get_by_text("Training loss by batch").click()
    page.locator(".st-key-compare-losses").scroll_into_view_if_needed()
    wait_for(page, STAGE, weight="0.98")
    hand = page.get_by_role("slider", name="Smoothing")
    hand.scroll_into_view_if_needed()
    assert hand.get_attribute("aria-valuetext") == "0.98"
    silence(page)
    of, seen = batches.losses_of(groups(read(runs)), ["valid", "train"]), shown(page, STAGE)
    box = hand.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in reversed(range(len(WEIGHTS))):
        share = step / (len(WEIGHTS) - 1)
        page.mouse.move(box["x"] + 8 + (box["width"] - 16) * share, box["y"] + box["height"] / 2)
        right = batches.smooth(of, WEIGHTS[step])
        wait_for(page, STAGE, weight=right["weight"])
        now = shown(page, STAGE)
        assert {slot: now[slot] for slot in right} == right and now["raw0"] == seen["raw0"]
    assert page.evaluate("window.sent") == 0
    assert let_go(page, "smooth=0.0") == 1 and hand.get_attribute("aria-valuetext") == "0.00"
    page.go_back()
    wait_for(page, STAGE, weight="0.98")
    expect(hand).to_have_attribute("aria-valuetext", "0.98")
    drag_out_and_back(page, hand)
    hand.press("0")
    page.locator(".sota-typed input").fill("0.5")
    page.keyboard.press("Enter")
    page.wait_for_url("**smooth=0.5*")
    expect(hand).to_have_attribute("aria-valuetext", "0.50")  # no `change` has told that the drag is over
    hand.press("Shift+ArrowLeft")
    page.wait_for_url("**smooth=0.0*")
    hand.dblclick(position={"x": 3, "y": 10})
    page.wait_for_url(lambda url: "smooth=" not in url)

    page.evaluate(REST_LONG)
    hand.press("ArrowLeft")
    page.get_by_role("heading").first.click()
    page.wait_for_url("**smooth=**", timeout=4000)  # told before what the press elsewhere may ask


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
    expect(table).to_contain_text("61.0\u00a0%")  # with TTA: the run has ended
    expect(table).not_to_contain_text("under way")
    assert page.url == before
    assert complaints == []


def chips(page: Page, ids: Collection[str]) -> list[str]:
    """The labels in the box, once the address names these ids and the page has answered."""
    page.wait_for_url(lambda url: asked(url).get("runs") == ",".join(ids))
    silence(page)
    return page.locator(".st-key-compare-runs [data-tag]").all_inner_texts()


def test_after_one_quick_choice_and_another_the_box_holds_what_the_address_names(
    server, go: Callable[[str], Page]
) -> None:
    page = go(f"{server.url}/compare")
    on_cpu, on_gpu = (
        {
            f"rec:{name}": f"recorded: {' · '.join(listed(r.recipe))} · {r.device}"
            for name, r in shipped().items()
            if r.is_on_gpu is gpu
        }
        for gpu in (False, True)
    )
    printed = {name: f"notes: {SHORT[name]}" for name in FIRST}
    for name, right in {"Recorded on a GPU": on_gpu, "Recorded on a CPU": on_cpu, "Printed": printed}.items():
        page.locator(".st-key-compare_quick").get_by_role("button", name=name).click()
        assert chips(page, right) == list(right.values())  # one label for each id, in their order
        assert len(set(right.values())) == len(right)
