"""What was begun on a page ends when it is left: on the next page, and on coming back, it is as if never begun."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from pages.shared.components import files
from pages.shared.components.stage import css_class
from pages.shared.frame import reveal
from tests.e2e.knobs import answered, shown, slider

pytestmark = pytest.mark.slow
TYPED = "/normalization?normalization.stats=typed"
MENU = "[data-testid=stSidebarNav] a[href$='/{}']"

# The 250 ms after a key are held until the test calls `rest`, because machines differ in how soon the next page is
# there. `soon` counts the 50 ms timers by which a script looks for a stage that is still being drawn.
HOLD = """() => {
  const [set, clear] = [setTimeout.bind(window), clearTimeout.bind(window)];
  Object.assign(window, { resting: new Map(), soon: 0 });
  window.setTimeout = (call, ms, ...more) => {
    if (ms === 50) window.soon++;
    if (ms !== 250) return set(call, ms, ...more);
    const id = `rest ${Math.random()}`;
    resting.set(id, call);
    return id;
  };
  window.clearTimeout = (id) => (resting.delete(id) ? undefined : clear(id));
  window.rest = () => { for (const [id, call] of resting) { resting.delete(id); call(); } };
}"""


@pytest.mark.parametrize("way", ["menu", "history"])
def test_a_press_on_a_mark_is_over_as_soon_as_its_page_is_left(
    server, go: Callable[[str], Page], complaints: list[str], way: str
) -> None:
    """It used to look for its stage twenty times a second on every other page, and the mark came back as if still
    held.
    """
    page = go(server.url + TYPED)
    answered(page, "normalization", mean_r=0.485)
    address = page.url
    page.evaluate(HOLD)
    page.get_by_role("slider", name="Mean of red").press("ArrowRight")
    page.evaluate("(menu) => document.querySelector(menu).click()", MENU.format("mixup"))
    page.wait_for_url("**/mixup")
    answered(page, "mixup.mix")
    page.evaluate("rest()")
    before = page.evaluate("soon")
    page.wait_for_timeout(1000)
    assert page.evaluate("soon") - before < 5

    if way == "history":
        page.go_back()
        page.wait_for_url(address)
        answered(page, "normalization", mean_r=0.485)
    else:
        page.locator(MENU.format("normalization")).click()
        page.wait_for_url("**/normalization")  # the printed statistics, where no mark can be moved
        answered(page, "normalization")
    left = page.url
    page.evaluate("rest()")
    followed = page.locator(f".{css_class('normalization.bs')}")
    expect(followed).to_have_attribute("title", re.compile("for an exact value"))  # the stage is drawn completely
    page.wait_for_timeout(500)
    assert page.url == left and complaints == []
    if way == "history":
        assert shown(page, "normalization")["used_mean_R"] == "0.485"


def test_the_field_for_an_exact_value_goes_with_its_page(server, go: Callable[[str], Page]) -> None:
    """It used to stay over the page that Back led to, and no key closed it."""
    page = go(f"{server.url}/tta")
    page.locator(MENU.format("label_smoothing")).click()
    page.wait_for_url("**/label_smoothing")
    answered(page, "label_smoothing", eps=0.1)
    slider(page, "label_smoothing.eps").press("0")
    expect(page.locator(".sota-typed input")).to_be_focused()
    page.go_back()
    page.wait_for_url("**/tta")
    answered(page, "tta")
    expect(page.locator(".sota-typed")).to_have_count(0)


def test_of_a_reveal_that_was_called_anew_nothing_listens_once_its_page_is_left(page: Page) -> None:
    """Streamlit cleans up only the last call of a component: the listeners of earlier calls stayed, on every page."""
    page.goto("about:blank")
    page.set_content("<button class='press'>+</button><div class='shown' style='margin-top: 5000px'>seen</div><i></i>")
    script = files.together(reveal.__file__).replace("export default function", "window.component = function")
    page.add_script_tag(content=script)
    page.evaluate("""() => {
      window.shown = 0;
      Element.prototype.scrollIntoView = () => window.shown++;
      const parentElement = document.querySelector("i");
      const call = (of) => component({ data: { shown: { press: "shown" }, of }, parentElement });
      call();
      window.leave = call();
      document.querySelector("button").click();
    }""")
    assert page.evaluate("shown") == 1
    page.evaluate("leave()")
    page.locator("button").click()
    assert page.evaluate("shown") == 1
