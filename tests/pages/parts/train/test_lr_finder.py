"""The learning rate finder in the lab, with a stepper that sends what the test wants."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.runs import stepping
from sota_core.recipes import Recipe
from sota_core.runs.steppers.stepper import Progress
from sota_core.train.stepper.messages import FIRST_LR
from tests.pages.conftest import texts  # type: ignore[import-not-found]

RATES = tuple({"kind": "rate", "lr": FIRST_LR * 10**k, "loss": 2.3 - k / 10} for k in range(6))
FOUND = {"kind": "found", "valley": 0.00123, "steep": 2.5, "is_late": False}


class Scripted:
    """A stepper that does nothing by itself."""

    def __init__(self, job: dict[str, Any], settings: object, slot: int) -> None:
        self.job, self.progress = job, Progress("starting", ({"kind": "log", "message": "Loading fastai"},))
        self.started_at = self.seen_at = self.asked_at = 0.0
        self.is_waiting = False

    def look(self, wait_s: float = 0.0) -> Progress:
        return self.progress

    def close(self, why: str = "stopped") -> None:
        self.progress = dataclasses.replace(self.progress, state="over", ended=why)


@pytest.fixture
def searching(visit, home: Path):
    """The lab after a press on Search, and the stepper it started."""
    steppers = stepping.steppers()
    steppers.make, steppers.tends_itself = Scripted, False  # type: ignore[assignment]
    app = visit("train", recipe="baseline", phases__0__lr="0.002", fit="60")
    app.button(key="lab.find.start").click().run()
    assert not app.exception, app.exception
    (scripted,) = steppers._kept.values()
    yield app, scripted
    steppers.close()


def said(app: AppTest) -> str:
    return texts(app).replace("\\", "")


def keys(app: AppTest) -> list[str]:
    return [b.key for b in app.button if (b.key or "").startswith("lab.find")]


def test_a_press_searches_for_the_recipe_on_the_screen(searching):
    app, scripted = searching
    assert scripted.job["kind"] == "lr_find"
    recipe = Recipe.from_dict(scripted.job["recipe"])
    assert recipe.source == "sample" and recipe.phases[0].lr == 0.002
    assert keys(app) == ["lab.find.start", "lab.find.stop"] and app.button(key="lab.find.start").disabled
    assert "Loading fastai." in said(app) and "The search is running." in said(app)


def test_the_curve_grows_while_it_searches(searching):
    app, scripted = searching
    scripted.progress = Progress("starting", RATES)
    app.run()
    assert "Batch 6 of 100 at most, at a rate of 0.01." in said(app)
    (spec,) = [c.proto.spec for c in app.get("vega_lite_chart") if '"learning rate"' in c.proto.spec]
    assert json.loads(spec)["layer"]


def test_one_press_puts_a_suggestion_into_the_recipe(searching):
    app, scripted = searching
    scripted.progress = Progress("over", (*RATES, FOUND), "done")
    app.run()
    assert not app.exception and app.button(key="lab.find.take.valley").label == "Take 0.0012"
    assert app.button(key="lab.find.take.steep").disabled  # a recipe takes no rate above 1
    assert "A recipe's learning rate must be a number from 0.000001 to 1." in said(app)
    app.button(key="lab.find.take.valley").click().run()
    assert app.query_params["phases.0.lr"] == "0.0012"
    assert app.number_input(key="knob.phases.0.lr").value == pytest.approx(0.0012)
    assert "before your last change" not in said(app)  # only the rate has changed
    app.query_params["phases.0.bs"] = "16"
    app.run()
    assert "This curve is of the recipe before your last change." in said(app)


@pytest.mark.long
@pytest.mark.parametrize(
    ("progress", "told"),
    [
        (Progress("over", RATES, "left"), "The search ended before it could suggest a rate."),
        (Progress("over", (), "time"), "The search ended before its first point."),
        (
            Progress("over", (*RATES, FOUND | {"valley": None, "steep": None, "is_late": True}), "done"),
            "The search was ended after 4 minutes",
        ),
    ],
)
def test_each_end_has_its_sentence(searching, progress: Progress, told: str):
    app, scripted = searching
    scripted.progress = progress
    app.run()
    assert told in said(app) and not [key for key in keys(app) if "take" in key]


def test_an_error_is_told(searching):
    app, scripted = searching
    scripted.progress = Progress("over", (), "error", "bs: too large")
    app.run()
    assert any("Bs" in error.value for error in app.error)


def test_a_recipe_that_cannot_be_trained_cannot_be_searched_either(visit, home: Path):
    app = visit("train", source="imagenette2-160")
    assert app.button(key="lab.find.start").disabled and "The pictures are not here yet" in said(app)
