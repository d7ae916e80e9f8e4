"""Makes a guess of a run's accuracy in the browser."""

from playwright.sync_api import Page, expect

from tests.e2e.knobs import IS_STILL


def seal(page: Page, run_id: str) -> None:
    """Unfold the form, enter 61.5 %, submit it at once, and wait until the page shows the guess as sealed."""
    page.get_by_text("Predict its accuracy").click()
    page.evaluate(IS_STILL)
    box = page.locator(f".st-key-guess-value-{run_id} input")
    box.press_sequentially("61.5")
    page.locator(f".st-key-guess-seal-{run_id} button").click()
    expect(page.get_by_text("Your guess, 61.5\u00a0%, is sealed")).to_be_visible()
