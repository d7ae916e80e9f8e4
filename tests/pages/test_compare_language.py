"""Compare with runs, in another language: its words are from the catalogue, its files are in English."""

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.compare.picker import name_of, read
from pages.parts.compare.runs import _in_english
from sota_core.analysis.export import as_csv
from sota_core.language import use
from sota_core.recipes import Recipe
from sota_core.runs.store.store import Store
from tests.pages import seen
from tests.pages.test_compare import told

# Words that are not Compare's own: values of a recipe, a device, class names of the sample, and words of other pages'
# parts.
NOT_OURS = set("threads Sample drawn here full size official random20 cache files".split()) | set(
    "trout carp scallop clam wrong rem".split()
)


@pytest.fixture
def in_pseudo(monkeypatch: pytest.MonkeyPatch, visit: Callable[..., AppTest]) -> Callable[..., AppTest]:
    seen.speak_pseudo(monkeypatch)
    return lambda **query: visit("compare", lang=seen.PSEUDO, **query)


@pytest.mark.long
def test_runs_beside_their_print_and_beside_one_another(in_pseudo, store: Store, tiny: Recipe) -> None:
    one = told(store, tiny.replace(preset="mixup", seed=1, mixup_alpha=0.4), (0.3, 0.7), tta=0.72)
    two = told(store, tiny.replace(seed=2, label_smoothing=0.1), (0.3, 0.6), tta=0.62)
    app = in_pseudo(**{"runs": f"{one},{two},notes/mixup", "compare.calibration": "true", "compare.features": "true"})
    assert any("the printed table" in text for text in seen.texts(app))
    ids = re.compile(f"{one}|{two}|{one[:4]}|{two[:4]}")  # the whole id, and its beginning as in lists
    left = {word for text in seen.texts(app) for word in seen.bare(ids.sub(" ", text)).split()}
    assert left <= NOT_OURS


def test_the_ladder(in_pseudo) -> None:
    assert seen.left(in_pseudo(view="ladder")) == []


def test_a_run_is_named_without_saying_that_it_was_adapted(monkeypatch: pytest.MonkeyPatch, tiny: Recipe) -> None:
    seen.speak_pseudo(monkeypatch)
    with use(seen.PSEUDO):
        assert name_of(tiny.replace(preset="normalize", mixup_alpha=0.1)) == "⟦Normalization⟧"


def test_a_file_of_the_comparison_is_the_same_in_every_language(monkeypatch: pytest.MonkeyPatch) -> None:
    seen.speak_pseudo(monkeypatch)
    ids = ("book/baseline", "notes/mixup")
    english = as_csv(read(ids)).encode()
    with use(seen.PSEUDO):
        assert as_csv(read(ids)).encode() != english and _in_english(lambda: as_csv(read(ids))) == english
