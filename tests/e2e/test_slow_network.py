"""On a slow network a visitor makes three moves before the page hears of the first: none is lost, and the page
goes on.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import PATIENCE_MS
from tests.e2e.knobs import silence, slider

pytestmark = pytest.mark.slow
LATE_MS, PAUSE_MS = 350, 320

# The server's messages arrive this much later, in the same order.
LATE = """(ms) => {
  const later = (socket, hear) => (event) => setTimeout(() => hear.call(socket, { data: event.data }), ms);
  const add = WebSocket.prototype.addEventListener;
  WebSocket.prototype.addEventListener = function (kind, hear, options) {
    return add.call(this, kind, kind === "message" ? later(this, hear) : hear, options);
  };
  const { get, set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
  Object.defineProperty(WebSocket.prototype, "onmessage", {
    get,
    set(hear) { set.call(this, hear && later(this, hear)); },
  });
}"""


@pytest.fixture
def late(browser: Browser) -> Iterator[Page]:
    """A new visitor's page, with delayed messages."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(f"({LATE})({LATE_MS})")
    yield page
    context.close()


def test_a_hand_there_and_back_again_leaves_a_page_that_answers(server, late: Page) -> None:
    late.goto(f"{server.url}/papers")
    alpha = slider(late, "papers.alpha")
    alpha.wait_for(state="attached")
    silence(late, 2 * LATE_MS)
    first = alpha.input_value()
    for _ in range(3):
        for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"):
            alpha.press(key)
            late.wait_for_timeout(PAUSE_MS)
    alpha.press("ArrowRight")
    late.wait_for_url("**papers.alpha=*")
    silence(late, 2 * LATE_MS)  # the script has ended, and the page knows
    assert alpha.input_value() != first
