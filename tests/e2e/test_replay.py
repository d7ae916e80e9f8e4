"""A recording as a visitor sees it: uploaded, played at fifty times its speed to its end; and its code."""

import ast
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sota_core.runs.recordings.recording import record
from tests.runs.told import finished_run, small_recipe

pytestmark = pytest.mark.slow


@pytest.mark.timeout(600)
def test_a_file_is_handed_in_played_to_its_end_and_its_code_taken_away(
    idle_server, go: Callable[[str], Page], complaints: list[str], tmp_path: Path
) -> None:
    store = idle_server.store()
    run = finished_run(store, small_recipe(preset="mixup", mixup_alpha=0.4, n_epochs=40))
    recording = record(run, store.log.events(run.id))
    file = tmp_path / "recording.json"
    file.write_text(recording.to_json())

    page = go(f"{idle_server.url}/train")
    page.get_by_text("Play a file").click()
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Watch it").click()
    page.wait_for_url("**/train?recording=uploaded*")
    # although the button was at the end of a long page
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
    expect(page.get_by_text("From your file, which says: recorded on CPU, 2 threads")).to_be_visible()

    # some 150 recorded seconds in three: the run moves and ends with its own figures. Wait for the panel below before
    # pressing: a row may still be moving
    expect(page.locator("[data-testid=stMetricValue]").first).to_be_visible()
    page.get_by_text("50×", exact=True).click()
    page.wait_for_url("**speed=50*")
    expect(page.get_by_role("heading", name="Finished")).to_be_visible()
    expect(page.get_by_text("Of 40 epochs the")).to_be_visible()
    expect(page.locator("[data-testid=stMetricValue]").first).to_have_text("50.0\u00a0%")

    # it can be moved back and stays there
    page.get_by_role("slider", name="Seconds since the first batch").press("Home")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.locator("[data-testid=stProgress]")).to_contain_text("Recorded")

    page.get_by_role("button", name="Code").click()
    with page.expect_download() as script:
        page.get_by_role("button", name="Script, .py").click()
    code = Path(script.value.path()).read_text()
    assert ast.parse(code) and "cbs=MixUp(0.4)" in code
    with page.expect_download() as notebook:
        page.get_by_role("button", name="Notebook, .ipynb").click()
    assert json.loads(Path(notebook.value.path()).read_text())["nbformat"] == 4
    assert not complaints
