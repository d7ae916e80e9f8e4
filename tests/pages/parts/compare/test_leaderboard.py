"""The leaderboard's row is shown beside a run that meets its conditions, with its noise, and nowhere else."""

import dataclasses

from streamlit.testing.v1 import AppTest

from sota_core.recipes import Phase, Recipe
from tests.analysis.compared_items import item


def shown(source: str) -> str:
    def page(items: list) -> None:
        from pages.parts.compare.leaderboard import lines

        lines(items)

    recipe = Recipe(phases=(Phase(size=128, n_epochs=5),), source=source)
    run = dataclasses.replace(item("a", recipe, (0.85,), label="mine | one"), n=3925)
    app = AppTest.from_function(page, kwargs={"items": [run]}).run()
    assert not app.exception
    return " ".join(m.value for m in app.markdown)


def test_a_run_of_128_px_and_five_epochs_has_its_row() -> None:
    said = shown("imagenette2-160")
    assert (
        "| 128 px, 5 epochs | 85.0\u00a0% ± 1.1 | 87.4\u00a0% | MaxBlurPool, mean of five runs | −2.4 points |" in said
    )
    assert "Ranger, self-attention and label smoothing with ε = 0.1" in said
    assert "no test-time augmentation" in said and "±1\u00a0%" in said


def test_other_pictures_have_none() -> None:
    assert shown("sample") == ""
