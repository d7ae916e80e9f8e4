"""Headings are a page's outline: a screen reader lists them, and goes from one to the next by their levels."""

import itertools
import re

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.session import site
from sota_core.recipes import Recipe
from sota_core.runs.store.store import Store
from tests.runs.told import finished_run

STATES = {"compare": {"view": "ladder"}, "train": {"recording": "mixup-cpu"}, "room": {"room": "FAST77"}}
SCREENS = [*((entry.address, {}) for entry in site.PAGES), *STATES.items()]
IN_MARKDOWN = re.compile(r"^#{1,6} ", re.MULTILINE)


def levels(app: AppTest) -> list[int]:
    """Of Streamlit's headings, in the order of the page."""
    return [int(node.tag[1]) for node in app.main if getattr(node, "tag", "").startswith("h")]


def check(app: AppTest) -> None:
    found = levels(app)
    assert found[0] == 1 and found.count(1) == 1, found
    assert [pair for pair in itertools.pairwise(found) if pair[1] > pair[0] + 1] == [], found
    # A heading in markdown would bring a link of Streamlit's, "Link to heading", in English on a German page.
    assert [part.value for part in app.markdown if IN_MARKDOWN.search(str(part.value))] == []


@pytest.mark.parametrize("page, state", SCREENS, ids=str)
def test_no_level_is_left_out_between_a_heading_and_the_next(visit, page: str, state: dict[str, str]) -> None:
    check(visit(page, **state))


def test_no_level_is_left_out_on_the_page_of_an_ended_run(visit, store: Store, tiny: Recipe) -> None:
    app = visit("train", run=finished_run(store, tiny).id)
    check(app)
    assert levels(app) == [1, 2]
