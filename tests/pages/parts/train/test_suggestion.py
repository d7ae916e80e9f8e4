"""What a result leads to: the run it is compared with, and the next experiment."""

from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.train import suggestion
from sota_core.errors import RecipeError
from sota_core.recipes import Recipe
from sota_core.runs.store.store import Store
from tests.pages.test_compare import told
from tests.pages.test_train import everything

PAGE = "train"
Visit = Callable[..., AppTest]


def test_a_result_ends_with_its_mistakes_and_one_step_that_starts(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = told(store, tiny, (0.4, 0.5, 0.7), tta=0.72)
    app = visit(PAGE, run=run)
    shown = everything(app)
    assert "Where it goes wrong" in shown and "The mistakes it was surest of" in shown and "pictures wrong**" in shown
    (step,) = [b for b in app.button if b.key == "suggestion"]
    assert step.label == "Twice the epochs, same seed" and "still rising" in shown
    step.click().run()
    (started,) = [r for r in store.history.list_runs() if r.id != run]
    assert started.recipe.total_epochs == 2 * tiny.total_epochs and started.recipe.seed == tiny.seed
    assert app.query_params["run"] == started.id


def test_a_result_stands_beside_the_run_it_differs_from_in_one_thing(visit: Visit, store: Store, tiny: Recipe) -> None:
    """Whoever has pressed the suggested step sees its effect, and can compare the curves of both with one press."""
    first = told(store, tiny, (0.4, 0.5, 0.7), tta=0.72)
    second = told(store, tiny.replace(mixup_alpha=0.4), (0.4, 0.5, 0.6), tta=0.6)
    told(store, tiny.replace(mixup_alpha=0.4, seed=99), (0.4, 0.5, 0.9), tta=0.9, owner="somebody else")
    app = visit(PAGE, run=second)
    assert (
        "The same run but for **Mixup α** (off there, 0.4 here) reached 70.0\u00a0% there and 60.0\u00a0% here"
        in everything(app)
    )
    (link,) = [p for p in app.get("page_link") if p.proto.label == "Compare the two"]
    assert parse_qs(link.proto.query_string) == {"runs": [f"{first},{second}"], "base": [first]}
    (step,) = [b for b in app.button if b.key == "suggestion"]
    assert "Without mixup" not in step.label  # that run is shown beside this one already
    assert "**Compared**" not in everything(
        visit(PAGE, run=told(store, tiny.replace(label_smoothing=0.1, seed=3), (0.4, 0.5, 0.6), tta=0.6))
    )


def test_a_run_whose_pictures_are_not_here_leads_to_the_lab_instead(visit: Visit, store: Store, tiny: Recipe) -> None:
    app = visit(PAGE, run=told(store, tiny.replace(source="imagenette2-160"), (0.4, 0.5, 0.7), tta=0.72))
    assert not [b for b in app.button if b.key == "suggestion"]
    assert any(link.proto.label == "Twice the epochs, same seed" for link in app.get("page_link"))


def test_a_suggestion_that_cannot_be_made_costs_the_page_nothing_else(
    visit: Visit, store: Store, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_):
        raise RecipeError("n_epochs: must be a whole number from 1 to 100, got 101", field="n_epochs")

    monkeypatch.setattr(suggestion, "next_step", refused)
    app = visit(PAGE, run=told(store, tiny, (0.4, 0.5, 0.7), tta=0.72))
    assert ["must be a whole number" in error.value for error in app.error] == [True]
    assert "The mistakes it was surest of" in everything(app)
