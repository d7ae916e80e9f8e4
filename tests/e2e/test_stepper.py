"""A real training stepped through in a browser: each press is a batch, it can play, and it ends when its visitor
leaves.
"""

import shutil
import time
from collections.abc import Callable

import psutil
import pytest
from playwright.sync_api import Page, expect

from sota_core.settings import Settings
from tests.e2e.conftest import Server

pytestmark = pytest.mark.slow
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def server(fresh_server: Callable[[], Server]) -> Server:
    """A server of its own: it gets some of the sample's pictures, and trains."""
    return fresh_server()


def trainings(server) -> list[psutil.Process]:
    """The stepper processes below this server."""
    found = psutil.Process(server.pid).children(recursive=True)
    return [p for p in found if p.status() != psutil.STATUS_ZOMBIE and "sota_core.runs.steppers.process" in p.cmdline()]


def test_start_step_play_and_leave(server, sampled: Settings, go: Callable[[str], Page], complaints: list[str]) -> None:
    shutil.copytree(sampled.sample_dir, server.settings.sample_dir)  # the part that a stepper looks at
    page = go(f"{server.url}/baseline?baseline.technique=mixup")
    assert trainings(server) == []
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("The first batch is ready.")).to_be_visible()
    (process,) = trainings(server)
    page.get_by_role("button", name="Step", exact=True).click()
    expect(page.get_by_text("Batch 1 of 60", exact=True)).to_be_visible()
    expect(page.locator("ul.batch img")).to_have_count(8)
    for picture in page.locator("ul.batch img").all():
        expect(picture).to_have_js_property("naturalWidth", 64)
    busy = sum(process.cpu_times()[:2])
    page.get_by_role("button", name="Step", exact=True).click()
    expect(page.get_by_text("Batch 2 of 60", exact=True)).to_be_visible()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_text("Batch 4 of 60", exact=True)).to_be_visible()  # it plays by itself
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Step", exact=True)).to_be_enabled()
    assert sum(process.cpu_times()[:2]) > busy and trainings(server) == [process]
    page.get_by_role("link", name="Papers and math").click()
    deadline = time.monotonic() + PATIENCE_S
    while process.is_running():
        assert time.monotonic() < deadline, "the visitor has left, but the training still runs"
        time.sleep(0.2)
    assert trainings(server) == [] and complaints == []
