"""Walks docs/chapter_map.md: every address opens, every text the map names is on that screen, no item of the chapter is
left out.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.session import site
from sota_core import paths
from sota_core.learn.experiments import EXPERIMENTS
from sota_core.learn.questions import questions
from tests.pages.conftest import home, installed_packages_are_looked_through_once, texts, turn  # noqa: F401

QUESTIONS = questions()

MAP = (paths.ROOT / "docs" / "chapter_map.md").read_text(encoding="utf-8")
LAID, _, OPEN = MAP.partition("\n## Open\n")
# What the chapter contains: sections including the introduction, code cells except the two that set fastbook up,
# figures, questions, tasks of further research.
N_SECTIONS, N_CELLS, N_FIGURES, N_QUESTIONS, N_TASKS = 10, 17, 2, 14, 4


@dataclass(frozen=True)
class Item:
    id: str
    what: str
    address: str
    there: str
    test: str


ITEMS = [
    Item(id, what, address, there, test)
    for id, what, address, shown, there, test in re.findall(
        r"^\| ([SCFQRA]\d[\d.]*) \| (.+?) \| \[(/.*?)\]\((/.*?)\) \| (.+?) \| (tests/\S+) \|$", LAID, re.MULTILINE
    )
    if address == shown
]
SCREENS: dict[str, list[Item]] = defaultdict(list)
for item in ITEMS:
    SCREENS[item.address].append(item)


def rows(text: str) -> list[str]:
    return re.findall(r"^\| ([SCFQRA]\d[\d.]*) \|", text, re.MULTILINE)


def test_every_row_is_read_and_every_item_has_one_place() -> None:
    assert [item.id for item in ITEMS] == rows(LAID)
    ids = rows(MAP)
    assert len(ids) == len(set(ids)) and len(rows(OPEN)) >= 1


@pytest.mark.parametrize(
    ("letter", "n"),
    [("S", N_SECTIONS), ("C", N_CELLS), ("F", N_FIGURES), ("Q", N_QUESTIONS), ("R", N_TASKS)],
)
def test_no_item_of_the_chapter_is_left_out(letter: str, n: int) -> None:
    found = {int(id[1:].partition(".")[0]) for id in rows(LAID) if id[0] == letter}
    assert found == set(range(1, n + 1))


def test_the_points_of_a_section_are_numbered_without_a_gap() -> None:
    points = defaultdict(list)
    for id in rows(MAP):
        if id[0] == "S":
            section, _, point = id[1:].partition(".")
            points[int(section)].append(int(point))
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in points.values())


def test_the_app_asks_the_chapter_s_questions_in_its_order() -> None:
    there = [item.there for item in ITEMS if item.id[0] == "Q"]
    assert there == [f"Question {i} · {question.topic}" for i, question in enumerate(QUESTIONS, 1)]
    assert len(EXPERIMENTS) == N_TASKS


@pytest.mark.parametrize("test", sorted({item.test for item in ITEMS}))
def test_what_is_said_to_test_it_exists(test: str) -> None:
    path = paths.ROOT / test
    assert path.is_file() and "def test_" in path.read_text(encoding="utf-8")


def test_what_is_open_names_the_page_where_it_belongs() -> None:
    pages = re.findall(r"^\| [SCFQRA][\d.]+ \| .+? \| /(\w+) \|$", OPEN, re.MULTILINE)
    assert len(pages) == len(rows(OPEN)) and set(pages) <= set(site.BY_ADDRESS)


def screen(app: AppTest) -> str:
    """All text of a page, folded or not, in one line."""
    labels = [part.label for kind in (app.expander, app.button, app.checkbox, app.radio) for part in kind]
    labels += [option for part in app.radio for option in part.options]
    labels += [link.proto.label for link in app.get("page_link")]
    return " ".join(f"{texts(app)} {' '.join(map(str, labels))}".split())


@pytest.mark.long
@pytest.mark.parametrize("address", SCREENS)
def test_the_address_opens_and_the_texts_are_there(address: str, home) -> None:  # noqa: F811
    url = urlsplit(address)
    app = turn(AppTest.from_file(str(paths.APP), default_timeout=240), url.path.strip("/"))
    app.query_params.update(dict(parse_qsl(url.query)))
    app.run()
    assert not app.exception
    said = screen(app)
    assert [(item.id, item.there) for item in SCREENS[address] if item.there not in said] == []
