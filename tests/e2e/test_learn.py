"""The learn pages in a browser: answers are typed and judged, and equations follow their controls."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sota_core.learn.question import LETTERS, Choice
from sota_core.learn.questions import questions
from tests.e2e.knobs import silence

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

    page.reload()  # the address keeps the answers, also for another browser
    expect(verdict).to_contain_text("Right.")
    expect(page.locator(".st-key-questionnaire-five1 input")).to_have_value("0.92")

    for _ in range(2):  # Back is one press, also when the tab has been on that page before
        page.get_by_role("link", name="Set five classes and see the bars").click()
        page.wait_for_url("**/label_smoothing?label_smoothing.n=5&label_smoothing.label=1")  # defaults are removed
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
    page.locator(".st-key-papers-smoothing button:not([data-part=eps])").first.focus()  # as by keyboard
    expect(eps.first).to_have_attribute("aria-pressed", "false")
    eps.first.hover()
    expect(told).to_contain_text("say: epsilon")
    assert {button.get_attribute("aria-pressed") for button in eps.all()} == {"true"}

    expect(eps.first.locator(".number").first).to_have_text("0.10")
    page.locator(".st-key-papers-eps").get_by_role("slider").press("ArrowRight")
    expect(eps.first.locator(".number").first).to_have_text("0.11")
    page.wait_for_url("**papers.eps=0.11*")
    expect(told).to_contain_text("say: epsilon")  # the chosen symbol stays while the numbers change
    assert complaints == []


def shown(text: str) -> str:
    """Text as a page shows it: code without its backticks."""
    return text.replace("`", "")


# An address that names no question but says what has been answered → the question shown, and its right answer.
@pytest.mark.parametrize(("at", "address", "right"), [(0, "", "bc"), (1, "?a=bc", "2"), (2, "?a=bc~2", "b")])
def test_a_right_answer_is_told_why_at_its_question_until_next_is_pressed(
    server, go: Callable[[str], Page], at: int, address: str, right: str
) -> None:
    page = go(f"{server.url}/questionnaire{address}")
    question, following = QUESTIONS[at : at + 2]
    asked, verdict = page.locator(".st-key-questionnaire-ask h2"), page.locator(".st-key-questionnaire-verdict")
    expect(asked).to_have_text(shown(question.ask))
    if isinstance(question, Choice):
        for letter in right:
            option = question.options[LETTERS.index(letter)].text
            page.locator(f"[class*=st-key-questionnaire-{question.id}] label").filter(has_text=option).click()
            page.wait_for_url(re.compile(rf"a=[^&]*{letter}(&|$)"))
    else:
        field = page.locator(f".st-key-questionnaire-{question.id} input")
        field.fill(right)
        field.press("Enter")
    why = "Right. " + question.lesson.replace("`", "")  # a page shows code without backticks
    expect(verdict).to_contain_text(why)
    silence(page)  # all parts of the answer have come
    expect(asked).to_have_text(shown(question.ask))
    expect(verdict).to_contain_text(why)
    page.get_by_role("button", name="Next").click()
    expect(asked).to_have_text(shown(following.ask))
    expect(verdict.get_by_text("Right.")).to_have_count(0)


def test_on_a_phone_every_piece_of_an_equation_is_wide_enough_for_a_finger(server, go: Callable[[str], Page]) -> None:
    page = go(f"{server.url}/papers")
    page.set_viewport_size({"width": 390, "height": 844})
    pieces = page.locator("button.piece")
    pieces.first.wait_for()
    boxes = [piece.bounding_box() for piece in pieces.all()]
    assert len(boxes) > 20
    assert [box for box in boxes if box is None or min(box["width"], box["height"]) < 24] == []  # px, WCAG 2.2, 2.5.8
