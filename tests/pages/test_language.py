"""Every word of a page is from the catalogue: read in a language that shows what is."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.session import site
from tests.pages import seen

# How many texts of a page are still not marked for translation: to fall to 0, never to rise.
ALLOWED_LEFT: dict[str, int] = {
    "overview": 78,
    "baseline": 56,
    "normalization": 53,
    "resizing": 63,
    "tta": 102,
    "mixup": 79,
    "label_smoothing": 2,
    "train": 95,
    "compare": 19,
    "data": 19,
    "room": 8,
    "questionnaire": 50,
    "papers": 118,
}


@pytest.fixture
def in_pseudo(monkeypatch: pytest.MonkeyPatch, visit: Callable[..., AppTest]) -> Callable[[str], AppTest]:
    seen.speak_pseudo(monkeypatch)
    return lambda page: visit(page, lang=seen.PSEUDO)


@pytest.mark.parametrize("page", [entry.address for entry in site.PAGES])
def test_what_a_visitor_reads_is_from_the_catalogue(page: str, in_pseudo: Callable[[str], AppTest]) -> None:
    left = seen.left(in_pseudo(page))
    assert len(left) <= ALLOWED_LEFT.get(page, 0), "\n".join([f"{len(left)} left on {page}:", *left])


def test_it_sees_what_is_not_marked() -> None:
    assert seen.bare("⟦all⟧ but ⟦this ⟦word⟧⟧ `code` $x^2$ 3.5 px :material/home: [⟦link⟧](https://a.example)") == "but"


def test_it_reads_controls_charts_and_moving_figures(in_pseudo: Callable[[str], AppTest]) -> None:
    read = "\n".join(seen.texts(in_pseudo("label_smoothing")))
    for text in (
        "Label smoothing",  # a title
        "epoch",  # a chart's axis
        "Softmax gives it",  # a moving figure's description
        "How sure the net is",  # a help
        "C. Mills",  # a caption
    ):
        assert text in read, text
