"""Languages in a browser: the browser's own, a chosen one, and where the choice is kept."""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Browser, Page, expect

from sota_core.language import tr, use
from sota_core.learn.question import Number
from sota_core.learn.questions import questions

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tab(browser: Browser, browser_context_args: dict) -> Iterator[Page]:
    """A tab of a browser set to German."""
    context = browser.new_context(**browser_context_args, locale="de-DE")
    yield context.new_page()
    context.close()


def said(page: Page) -> list[str]:
    return parse_qs(urlparse(page.url).query).get("lang", [])


def test_a_browser_is_answered_in_its_language_and_a_choice_goes_along(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{server.url}/compare?runs=notes%2Fbaseline-fp16&y=loss")
    title, html, menu = page.get_by_role("heading", level=1), page.locator("html"), page.get_by_test_id("stSidebarNav")
    expect(html).to_have_attribute("lang", "de")
    expect(page.locator(".st-key-compare-curves").get_by_text("2,0", exact=True)).to_be_visible()  # by Vega

    menu.get_by_role("link", name="Das Kapitel").click()
    expect(page.locator(".st-key-home-run")).to_be_visible()
    expect(menu.get_by_role("link", name="Das Kapitel")).to_be_visible()
    assert said(page) == []
    n_steps = page.evaluate("history.length")
    page.get_by_role("button", name="English").click()
    page.wait_for_url("**/?lang=en")
    expect(html).to_have_attribute("lang", "en")

    menu.get_by_role("link", name="Normalization").click()
    page.wait_for_url("**/normalization?lang=en")
    expect(title).to_have_text("Normalization")
    page.get_by_role("button", name="Share this view").click()
    expect(page.locator("[data-testid=stPopoverBody] code")).to_contain_text("lang=en")
    assert page.evaluate("history.length") == n_steps + 1  # choosing a language adds no history entry
    page.go_back()
    expect(page.locator(".st-key-home-run")).to_be_visible()
    assert said(page) == ["en"]
    page.go_back()  # a page from before the choice: the choice still holds, and the address has it
    page.wait_for_url("**/compare?*lang=en")
    expect(page.locator(".st-key-compare-curves").get_by_text("2.0", exact=True)).to_be_visible()
    page.reload()
    expect(menu.get_by_role("link", name="The chapter")).to_be_visible()
    expect(html).to_have_attribute("lang", "en")
    assert said(page) == ["en"] and complaints == []


def test_what_is_unfolded_stays_so_in_the_other_language_and_what_is_not_does_not_open(
    server, go: Callable[[str], Page]
) -> None:
    page = go(f"{server.url}/mixup?mixup.alpha=0.6")
    opened = page.locator("[data-testid=stMain] details[open] > summary")
    expect(opened).to_have_count(1)  # the address leads into it
    opened.click()
    expect(opened).to_have_count(0)
    page.locator("[data-testid=stMain] summary").filter(has_text="CutMix des Batches").click()
    page.locator("[data-testid=stMain] summary").filter(has_text="Was ein Callback").click()
    expect(opened).to_have_count(2)
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    for title in ("CutMix of the batch", "What a fastai callback is"):
        expect(page.locator("details[open] > summary").filter(has_text=title)).to_be_visible()
    expect(opened).to_have_count(2)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Progressive resizing").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Progressive resizing")
    page.locator("[data-testid=stMain] summary").first.wait_for()
    expect(opened).to_have_count(0)  # of another page nothing is held


def test_what_streamlit_says_of_the_enter_key_is_said_in_the_language_of_the_page(
    server, go: Callable[[str], Page]
) -> None:
    def said(code: str) -> None:
        with use(code):
            words = tr("Press Enter to apply")
        assert hint.evaluate("hint => getComputedStyle(hint, '::before').content") == f'"{words}"'
        expect(hint.get_by_text("Press Enter")).to_be_hidden()  # Streamlit's

    page = go(f"{server.url}/room?lang=de")
    field, hint = page.locator(".st-key-room-join input"), page.get_by_test_id("InputInstructions")
    for code, typed in (("de", "ab"), ("en", "abc")):
        expect(page.locator("html")).to_have_attribute("lang", code)
        field.fill(typed)
        said(code)
        expect(hint.get_by_text(f"{len(typed)}/12")).to_be_visible()
        page.get_by_role("button", name="English" if code == "de" else "Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    field.click()  # nothing to apply: its signs are counted alone
    expect(hint.get_by_text("3/12")).to_be_visible()
    assert hint.evaluate("hint => getComputedStyle(hint, '::before').content") == "none"

    at = next(i for i, question in enumerate(questions(), 1) if isinstance(question, Number))
    page = go(f"{server.url}/questionnaire?q={at}&lang=de")
    page.locator("[data-testid=stMain] input[type=text]").fill("0,5")
    said("de")


# What Streamlit says on the page: names, hints in fields, and what is seen in its own controls. Icons' names left out.
STREAMLITS = """() => {
  const own = ["stMainMenuButton", "stSidebar", "stSidebarNav", "stBaseButton-headerNoPadding"];
  const steps = ["stNumberInputStepUp", "stNumberInputStepDown"];
  const named = [...own, ...steps].map((id) => `[data-testid=${id}]`).join();
  const seen = "[data-testid=stFileUploaderDropzone] :is(span, p), [data-testid=stSkipToContent]";
  const texts = (one) => [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.nodeValue.trim());
  return [
    ...[...document.querySelectorAll(named)].map((one) => one.ariaLabel),
    ...[...document.querySelectorAll(seen)].flatMap(texts),
  ].filter((said) => said && said !== "upload"); // an icon's name
}"""


def test_streamlit_s_own_words_are_in_the_language_of_the_page(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{server.url}/data?lang=en")
    page.locator("[data-testid=stMain] summary").first.click()
    expect(page.get_by_text("50MB per file")).to_be_visible()
    own = set(page.evaluate(STREAMLITS))
    assert {"Main menu", "Sidebar", "App pages", "Skip to main content", "Upload", "50MB per file"} <= own
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_text("50 MB pro Datei")).to_be_visible()
    said = set(page.evaluate(STREAMLITS))
    assert said & own <= {"• ZIP"} and {"Hauptmenü", "Seitenleiste", "Hochladen"} <= said
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Mixup", exact=True).click()
    expect(page.locator("[aria-label=Verringern]").first).to_be_attached()  # what is drawn later, too
    assert not {"Increment", "Decrement"} & set(page.evaluate(STREAMLITS))
    page.get_by_role("button", name="English").click()
    expect(page.locator("[aria-label=Decrement]").first).to_be_attached()
    expect(page.locator("[aria-label=Hauptmenü], [aria-label=Verringern]")).to_have_count(0)
    assert complaints == []
