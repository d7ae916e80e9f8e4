"""The recorded run on the first screen plays by itself without a message to the server; where reduced motion is asked
for it waits.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow
COUNT_SENT = """() => { window.sent = 0; const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (...a) { window.sent++; return send.apply(this, a); }; }"""


def test_it_plays_to_its_verdict_without_a_word_to_the_server(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(server.url)
    button = page.locator(".st-key-home-recorded").get_by_role("button")
    expect(button).to_have_text("❚❚ Pause")
    page.evaluate(COUNT_SENT)
    button.click()
    expect(button).to_have_text("▶ Play")
    stopped = page.locator(".playback .key").first.inner_text()
    page.wait_for_timeout(300)  # long enough for another frame if it still played
    assert page.locator(".playback .key").first.inner_text() == stopped
    button.click()
    expect(button).to_have_text("↻ Play again")
    expect(page.locator(".playback .key").first).to_contain_text("Finished")
    expect(page.locator(".playback .verdict")).to_be_visible()
    assert page.evaluate("window.sent") == 0 and complaints == []
    button.click()
    expect(page.locator(".playback .key").first).to_contain_text("Training, epoch 1 of 4")
    page.emulate_media(reduced_motion="reduce")
    go(server.url)
    expect(page.locator(".playback .key").first).to_contain_text("Finished")
    expect(button).to_have_text("↻ Play again")
