"""Every word of a page is from the catalogue: read in a language that shows what is."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.session import site
from tests.pages import seen

# How many texts of a page are not from the catalogue. They may fall, never rise.
ALLOWED_LEFT: dict[str, int] = {
    "baseline": 2,  # fastai's log: epoch, train_loss …
    "resizing": 1,
    "tta": 1,  # fastai's max
    "train": 1,  # what a printed recipe consists of: names of the command line
    "compare": 1,  # the same
    "papers": 16,  # signs of formulas and how code writes them
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
