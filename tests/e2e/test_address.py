"""The address in a real browser: moving a control changes it, a reload restores the control, the back button undoes the
move.
"""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from sota_core.recipes import PRESETS
from tests.e2e.knobs import number, silence, unfold

pytestmark = pytest.mark.slow
REST_MS = 400  # by then a control at rest has sent its value
AT_REST = "[data-testid=stApp][data-test-script-state=notRunning]"


def test_a_seed_drawn_anew_survives_a_reload_and_the_back_button_brings_the_old_one(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{server.url}/mixup")
    unfold(page, "mixup.seed")
    seed = number(page, "mixup.seed")
    expect(seed).to_have_value("95")
    page.locator(".st-key-mixup-again button").click()
    page.wait_for_url("**mixup.seed=*")
    drawn = re.search(r"mixup\.seed=(\d+)", page.url)
    assert drawn
    expect(seed).to_have_value(drawn[1])
    page.reload()
    expect(seed).to_have_value(drawn[1])
    page.go_back()
    page.wait_for_url(f"{server.url}/mixup")
    expect(seed).to_have_value("95")
    assert complaints == []


def test_the_back_button_undoes_a_number_and_leaves_what_streamlit_binds(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{server.url}/label_smoothing")
    label, eps = number(page, "label_smoothing.label"), page.locator(".st-key-label_smoothing-eps")
    eps.get_by_role("slider").press("ArrowRight")
    page.wait_for_url("**label_smoothing.eps=0.11*")
    for value in ("4", "5"):
        label.press("ArrowUp")
        label.press("Enter")
        page.wait_for_url(f"**label_smoothing.label={value}*")
        expect(label).to_have_value(value)
    page.go_back()
    page.wait_for_url("**label_smoothing.label=4*")
    expect(label).to_have_value("4")
    page.go_back()
    page.wait_for_url(lambda url: "label_smoothing.label" not in url)
    expect(label).to_have_value("3")
    assert "label_smoothing.eps=0.11" in page.url
    expect(eps.locator("[data-testid=stSliderThumbValue]")).to_have_text("0.11")
    assert complaints == []


# Lets go and presses the back button at once, before the page has sent the value.
LETS_GO_AND_BACK = """(hand, [key, value]) => {
  if (value === null) hand.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  else {
    hand.value = value;
    for (const kind of ["input", "change"]) hand.dispatchEvent(new Event(kind, { bubbles: true }));
  }
  history.back();
}"""


@pytest.mark.parametrize(
    ("address", "hand", "key", "value"),
    [
        ("?lam=0.6", "input[type=range][aria-label=λ]", "ArrowRight", "90"),
        ("normalization?normalization.stats=typed", "[role=slider][data-hand=mean_r]", "ArrowRight", None),
    ],
)
def test_back_wins_over_a_hand_that_has_not_been_told(
    server, go: Callable[[str], Page], complaints: list[str], address: str, hand: str, key: str, value: str | None
) -> None:
    page = go(f"{server.url}/{address}")
    mark = page.locator(hand).first
    mark.wait_for()
    silence(page)

    def at() -> str | None:
        return mark.get_attribute("aria-valuetext")

    first = at()
    mark.press(key)
    page.wait_for_url(lambda url: url != f"{server.url}/{address}")
    silence(page)
    assert at() != first
    mark.evaluate(LETS_GO_AND_BACK, [key, value])
    page.wait_for_url(f"{server.url}/{address}")
    page.wait_for_timeout(REST_MS)
    silence(page)
    assert page.url == f"{server.url}/{address}" and at() == first
    assert complaints == []


def test_lambda_goes_where_a_notice_and_the_back_button_want_it(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{server.url}/mixup?lam=0.20")
    lam = page.locator(".st-key-mixup-mix input[type=range]")
    expect(lam).to_have_value("20")
    page.get_by_role("button", name="λ = 0.50").click()
    page.wait_for_url("**lam=0.5*")
    expect(lam).to_have_value("50")
    lam.press("ArrowRight")
    page.wait_for_url("**lam=0.51*")
    page.get_by_role("button", name="λ = 0.50").click()  # the same value again, after a move
    page.wait_for_url(lambda url: url.endswith("lam=0.5"))
    expect(lam).to_have_value("50")
    for percent, address in (("51", "0.51"), ("50", "0.5"), ("20", "0.20")):
        page.go_back()
        page.wait_for_url(lambda url, address=address: url.endswith(f"lam={address}"))
        expect(lam).to_have_value(percent)
    assert complaints == []


def test_the_lab_s_address_is_complete_and_lets_its_visitor_back(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{server.url}/")
    page.get_by_role("link", name="Compose your own").click()
    told = {"recipe", "source", "fit", "seed"}
    page.wait_for_url(lambda url: "/train?" in url and told <= parse_qs(urlsplit(url).query).keys())
    assert "recipe=baseline" in page.url
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Train")
    page.locator(".st-key-lab-draw button").click()
    page.wait_for_url(lambda url: "seed=42" not in url)
    page.wait_for_selector(AT_REST)  # Streamlit loses a run's messages when the next run begins
    page.go_back()
    page.wait_for_url("**seed=42*")
    expect(number(page, "knob.seed")).to_have_value("42")
    page.wait_for_selector(AT_REST)
    page.go_back()  # what the page itself writes into the address adds no history entry
    expect(heading).to_have_text(re.compile("^Training a State-of-the-Art"))
    assert complaints == []


# Simulates the moment in which Streamlit shows the new view and the stale last one together; how long it lasts depends
# on the machine.
BOTH = """() => {
  const now = document.querySelector("[data-testid=stMain] h1").closest("[data-stale]");
  const last = now.cloneNode(true);
  last.dataset.stale = "true";
  now.after(last);
  const both = [now.checkVisibility(), last.checkVisibility()];
  now.dataset.stale = "true"; // a rerun of the same page: its stale elements stay visible
  return [...both, last.checkVisibility()];
}"""


def test_what_the_last_view_showed_does_not_stand_below_the_next_one_s_title(server, go: Callable[[str], Page]) -> None:
    page = go(f"{server.url}/train?recording=all-cpu&t=100&paused=true")
    expect(page.get_by_text("By epoch")).to_be_visible()
    assert page.evaluate(BOTH) == [True, False, True]


def test_a_run_opened_from_a_list_stands_in_the_address_and_comes_back_with_a_reload(
    idle_server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    waiting = idle_server.store().queue.submit(PRESETS["mixup"].replace(source="sample", seed=7), owner="somebody")
    page = go(f"{idle_server.url}/train?recipe=baseline&source=sample&fit=60&seed=42&runs=all")
    # a control drawn later would still write its value to the address
    expect(number(page, "knob.seed")).to_be_attached()
    page.locator(f".st-key-runrow-{waiting.id} a").click()
    page.wait_for_url(f"{idle_server.url}/train?run={waiting.id}")
    # by name: while a page takes the place of another, both headings may stand for a moment
    run, lab = (page.get_by_role("heading", level=1, name=name, exact=True) for name in ("Mixup", "Train"))
    expect(run).to_be_in_viewport()  # its row was below the first screen
    expect(lab).to_have_count(0)
    page.reload()
    expect(run).to_be_visible()
    page.get_by_role("link", name="Change it").click()
    page.wait_for_url("**recipe=mixup*")
    expect(lab).to_be_visible()
    expect(run).to_have_count(0)
    page.go_back()
    page.wait_for_url(f"{idle_server.url}/train?run={waiting.id}")
    expect(run).to_be_visible()
    expect(lab).to_have_count(0)
    page.go_back()
    page.wait_for_url("**recipe=baseline*")
    expect(lab).to_be_visible()
    expect(run).to_have_count(0)
    assert complaints == []


def test_back_comes_to_the_page_as_it_was_left_whatever_widgets_stand_in_its_address(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{server.url}/label_smoothing")
    eps = page.locator(".st-key-label_smoothing-eps").get_by_role("slider")
    eps.press("ArrowRight")
    page.wait_for_url("**label_smoothing.eps=0.11*")
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_role("link", name="Data").click()
    page.wait_for_url(f"{server.url}/data")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Data")  # the address is there before the page is
    page.go_back()
    page.wait_for_url("**/label_smoothing?label_smoothing.eps=0.11")
    expect(heading).to_have_text("Label smoothing")
    expect(page.locator(".st-key-label_smoothing-eps [data-testid=stSliderThumbValue]")).to_have_text("0.11")
    page.go_forward()
    expect(heading).to_have_text("Data")
    assert complaints == []


def test_a_link_from_elsewhere_that_says_a_default_is_one_step(server, go: Callable[[str], Page]) -> None:
    go(f"{server.url}/label_smoothing?label_smoothing.eps=0.2")
    page = go(f"{server.url}/label_smoothing?label_smoothing.n=5&label_smoothing.eps=0.1")
    page.wait_for_url("**/label_smoothing?label_smoothing.n=5")  # defaults are removed
    page.wait_for_selector(AT_REST)
    page.go_back()  # not counted by history.length, which ends at 50
    assert page.url.endswith("?label_smoothing.eps=0.2")


def test_so_is_one_that_says_a_value_between_two_steps_of_a_slider(server, go: Callable[[str], Page]) -> None:
    go(f"{server.url}/label_smoothing?label_smoothing.eps=0.2")
    page = go(f"{server.url}/label_smoothing?label_smoothing.eps=0.304")
    page.wait_for_url("**/label_smoothing?label_smoothing.eps=0.3")
    expect(page.locator(".st-key-label_smoothing-eps [data-testid=stSliderThumbValue]")).to_have_text("0.30")
    page.wait_for_selector(AT_REST)
    page.go_back()
    assert page.url.endswith("?label_smoothing.eps=0.2")


@pytest.mark.parametrize("said", ["room=A-B", "lang=xx", "lang=xx&room=A-B"])
def test_what_is_no_room_or_language_leaves_the_address_and_nothing_else(
    server, go: Callable[[str], Page], complaints: list[str], said: str
) -> None:
    """In a tab that had shown the app before, such an address used to open the home page."""
    go(f"{server.url}/data")
    page = go(f"{server.url}/tta?{said}")
    page.wait_for_url("**/tta")
    silence(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Test-time augmentation")
    assert page.url == f"{server.url}/tta"
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Data")
    assert complaints == []


def test_a_move_and_another_page_a_moment_later_are_two_steps(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    go(f"{server.url}/data?lang=en")
    page = go(f"{server.url}/mixup?lang=en")
    link = page.get_by_test_id("stSidebar").get_by_role("link", name="Normalization")
    hand_and_step = "dispatchEvent(new KeyboardEvent('keydown')); history.pushState({}, '', '?lang=en')"
    link.evaluate(f"link => {{ {hand_and_step}; link.click(); }}")  # the next page pushes the same query
    page.wait_for_url("**/normalization?lang=en")
    for _ in range(2):
        page.go_back()
        page.wait_for_url("**/mixup?lang=en")
    assert complaints == []
