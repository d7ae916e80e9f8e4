"""The learn pages in a browser: answers typed and judged, and equations that answer to the hand."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sota_core.learn.questions import questions

QUESTIONS = questions()

pytestmark = pytest.mark.slow
FIVE = 1 + [question.id for question in QUESTIONS].index("five")


def test_the_five_category_target_is_typed_judged_and_found_again(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{server.url}/questionnaire?q={FIVE}")
    verdict = page.locator(".st-key-questionnaire-verdict")
    typed = (("0.02", "0.02"), ("0.9", "0.9"), ("0,02", "0.02"), ("2 %", "0.02"), (".02", "0.02"))
    for i, (text, number) in enumerate(typed):
        field = page.locator(f".st-key-questionnaire-five{i} input")
        field.fill(text)
        field.press("Enter")
        page.wait_for_url(re.compile(rf"a=~*(0\.\d+_){{{i}}}{re.escape(number)}"))
    expect(verdict).to_contain_text("Not quite.")
    field = page.locator(".st-key-questionnaire-five1 input")
    field.fill("0.92")
    field.press("Enter")
    expect(verdict).to_contain_text("Right.")
    expect(page.locator("[data-testid=stProgress]")).to_contain_text("1 of 14 right")

    page.reload()  # the address keeps it, and so does another browser that is given the address
    expect(verdict).to_contain_text("Right.")
    expect(page.locator(".st-key-questionnaire-five1 input")).to_have_value("0.92")

    for _ in range(2):  # back is one press, also where the tab has been to that page before
        page.get_by_role("link", name="Set five classes and see the bars").click()
        page.wait_for_url("**/label_smoothing?label_smoothing.n=5&label_smoothing.label=1")  # what is a default goes
        expect(page.locator("h1")).to_contain_text("Label smoothing")
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        page.go_back()
        expect(verdict).to_contain_text("Right.")
    assert complaints == []


def test_a_sign_lights_up_wherever_it_stands_and_its_number_follows_the_knob(
    server, go: Callable[[str], Page], complaints: list[str]
) -> None:
    page = go(f"{server.url}/papers")
    eps = page.locator(".st-key-papers-smoothing button[data-part=eps]")
    told = page.locator(".st-key-papers-smoothing .told")
    page.locator(".st-key-papers-smoothing button:not([data-part=eps])").first.focus()  # as the keyboard does
    expect(eps.first).to_have_attribute("aria-pressed", "false")
    eps.first.hover()
    expect(told).to_contain_text("say: epsilon")
    assert {button.get_attribute("aria-pressed") for button in eps.all()} == {"true"}

    expect(eps.first.locator(".number").first).to_have_text("0.10")
    page.locator(".st-key-papers-eps").get_by_role("slider").press("ArrowRight")
    expect(eps.first.locator(".number").first).to_have_text("0.11")
    page.wait_for_url("**papers.eps=0.11*")
    expect(told).to_contain_text("say: epsilon")  # what is looked at stays while the numbers change
    assert complaints == []
