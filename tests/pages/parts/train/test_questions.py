"""The lab answers, in folds, what is asked before the first run; functional/test_asked.py compares the answers with
fastai.
"""

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.train import questions
from sota_core.recipes import Phase, Recipe
from tests.pages.conftest import texts


def test_the_lab_answers_folded(visit) -> None:
    app: AppTest = visit("train")
    (fold,) = (e for e in app.expander if e.label == "Asked before the first run")
    assert not fold.proto.expanded
    said = texts(app)
    for asked in (
        "How large a batch fits?",
        "smaller than the presize",
        "slow on Colab",
        "give the same result?",
        "`n_out`",
    ):
        assert asked in said


def test_the_phase_that_needs_most_is_named_with_what_halves_it() -> None:
    recipe = Recipe(phases=(Phase(size=128, bs=128), Phase(size=224, bs=64)))
    assert "64 pictures of 224 px; 32 of them, or 158 px" in questions._shares(recipe)
    assert 64 * 158**2 == pytest.approx(64 * 224**2 / 2, rel=0.01)
    assert "512 pictures of 128 px" in questions._shares(Recipe(phases=(Phase(size=128, bs=512), Phase(size=224))))
    assert "0.71 times the size" in questions._shares(None)


def test_the_memory_that_is_needed_at_least_stands_beside_start(visit) -> None:
    recipe = Recipe(arch="xresnet50")
    assert questions.memory_words(recipe) == "the net needs at least 3.4 GB of memory in 16 bits, 6.4 GB in 32"
    assert questions.memory_words(recipe.replace(precision="fp32")) == "the net needs at least 6.4 GB of memory"
    assert questions.memory_words(recipe.replace(precision="bf16")) == "the net needs at least 3.4 GB of memory"
    assert "of memory in 16 bits" in texts(visit("train"))
