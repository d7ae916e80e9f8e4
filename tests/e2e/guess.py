"""A guess of a run's accuracy, sealed as a visitor does it."""

from playwright.sync_api import Page, expect


def seal(page: Page, run_id: str) -> None:
    """Unfold the form, type 61.5 %, seal it at once, and see that it is."""
    page.get_by_text("Predict its accuracy").click()
    box = page.locator(f".st-key-guess-value-{run_id} input")
    box.press_sequentially("61.5")
    page.locator(f".st-key-guess-seal-{run_id} button").click()
    expect(page.get_by_text("Your guess, 61.5\u00a0%, is sealed")).to_be_visible()
