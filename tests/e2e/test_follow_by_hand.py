"""When a section that follows a stage asks to be redrawn: its script alone, without a server, with a faked observer and
timers.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from pages.shared.components import files, follow

pytestmark = pytest.mark.slow
HTML = files.script(follow.__file__).with_suffix(".html")
# As in Streamlit, not the window scrolls but a part of it. The section begins 2000 px down.
PAGE = f"""<div data-testid="stApp"><div data-testid="stMain" style="height: 500px; overflow: auto">
<div style="height: 2000px"></div><div id="section" style="height: 4000px">{files.read(HTML)}</div></div></div>"""
# Timers fire when the test says so, and the test tells the script whether the section is in sight.
BEGIN = """() => {
  window.timers = new Map();
  window.setTimeout = (call) => { const id = Math.random(); timers.set(id, call); return id; };
  window.clearTimeout = (id) => timers.delete(id);
  window.later = () => { const due = [...timers.values()]; timers.clear(); due.forEach((call) => call()); };
  window.browsers = IntersectionObserver;
  window.IntersectionObserver = class {
    constructor(call) { window.seen = (...told) => call(told.map((isIntersecting) => ({ isIntersecting }))); }
    observe() {}
    disconnect() {}
  };
  window.asked = [];
  window.moved = (eps) => {
    sotaStage("a").data = { at: { eps } };
    for (const look of sotaStage("a").followers) look();
  };
  window.drawn = (eps) => component({
    data: { stage: "a", at: { eps } },
    setTriggerValue: (_, at) => asked.push(at.eps),
    parentElement: document.querySelector("#section"),
  });
}"""

# An observer reports after the frame's layout.
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture
def follower(page: Page) -> Callable[[str], list[int]]:
    """follower(script): run this in the browser; returns all the states the section has asked to be redrawn for
    so far.
    """
    page.goto("about:blank")
    page.set_content(PAGE)
    page.add_script_tag(
        content=files.together(follow.__file__).replace("export default function", "window.component = function")
    )
    page.evaluate(BEGIN)
    return lambda doing: page.evaluate(f"() => {{ {doing}; return asked; }}")


def test_of_what_the_browser_tells_at_once_the_latest_counts(follower: Callable[[str], list[int]]) -> None:
    """A busy browser reported at once that the section had been far away and is near now. Only the first was read, and
    the section stayed as it was.
    """
    assert follower("drawn(1); moved(2)") == [], "the section is not in sight yet"
    assert follower("seen(false, true)") == [2]
    assert follower("drawn(2); seen(true, false); moved(3)") == [2], "the section is no longer in sight"


def test_it_asks_again_while_it_is_behind_and_anew_for_each_answer(follower: Callable[[str], list[int]]) -> None:
    assert follower("drawn(1); seen(true); moved(2); for (let i = 0; i < 9; i++) later()") == [2] * 6
    assert follower("moved(3); later()") == [2] * 6 + [3] * 2
    assert follower("drawn(3); seen(true); later(); moved(3)") == [2] * 6 + [3] * 2, "the section is up to date"


def test_it_waits_for_a_run_that_is_under_way(follower: Callable[[str], list[int]]) -> None:
    app = 'document.querySelector("[data-testid=stApp]").dataset.testScriptState'
    assert follower(f'drawn(1); seen(true); {app} = "running"; moved(2); later()') == []
    assert follower(f'{app} = "notRunning"; later()') == [2]


@pytest.mark.parametrize(
    ("scrolled", "is_near"),
    [(1150, False), (1250, True), (1500, True), (2300, True), (3150, True), (3250, False)],
    ids=lambda of: str(of),
)
def test_a_section_whose_head_has_left_the_screen_is_near_still(
    scrolled: int, is_near: bool, follower: Callable[[str], list[int]], page: Page
) -> None:
    """Near is up to 1200 px above the screen and 300 below it, by the browser's own observer: whoever reads code in a
    long section must see the current one.
    """
    follower(f'IntersectionObserver = browsers; document.querySelector("[data-testid=stMain]").scrollTop = {scrolled}')
    follower("drawn(1)")
    page.evaluate(FRAMES)
    assert follower("moved(2)") == ([2] if is_near else [])
    follower('document.querySelector("[data-testid=stMain]").scrollTop = 2000; later()')
    page.evaluate(FRAMES)
    assert follower("later()")[:1] == [2], "the section has come near"
