"""A run is held against the one that differs from it in one thing, and what is said of the two is true."""

import dataclasses
import json

import pytest

from sota_core.analysis.control import control_of, said_of
from sota_core.recipes import PRESETS, Phase, Recipe
from sota_core.runs.recordings.recording import shipped
from sota_core.runs.recordings.replay import run_at
from sota_core.runs.run import Run
from sota_core.runs.states import State

PLAIN = PRESETS["normalize"].replace(source="sample", phases=(Phase(size=64, bs=32, n_epochs=6),), seed=7)
MIXUP = PLAIN.replace(mixup_alpha=0.4, preset="mixup")


@pytest.fixture
def made():
    """Makes a finished run: of which recipe, what it reached on how many pictures, and how late it was asked for."""
    recorded = next(iter(shipped().values()))
    template = run_at(recorded, recorded.duration_s)

    def make(recipe: Recipe, accuracy: float = 0.7, at: float = 0, n: int = 500, **changes) -> Run:
        summary = json.dumps({"accuracy": accuracy, "n_valid": n})
        values = {"id": f"r{at:g}", "recipe_json": recipe.to_json(), "summary_json": summary, "created_at": at}
        return dataclasses.replace(template, **(values | changes))

    return make


@pytest.mark.parametrize(
    ("recipe", "base", "knob", "here", "there"),
    [
        (MIXUP, PLAIN, "Mixup α", "0.4", "off"),
        (PLAIN, MIXUP, "Mixup α", "off", "0.4"),
        (PLAIN.replace(phases=(Phase(size=64, bs=32, n_epochs=12),)), PLAIN, "Epochs", "12", "6"),
        (
            PLAIN.replace(phases=(Phase(size=64, bs=32, n_epochs=6, lr=0.001),)),
            PLAIN,
            "Learning rate",
            "0.001",
            "0.003",
        ),
        (
            PLAIN.replace(phases=(Phase(size=32, bs=32, n_epochs=6), Phase(size=64, bs=32, n_epochs=5))),
            PLAIN,
            "Phases, epochs × size",
            "6 × 32 + 5 × 64\u00a0px",
            "6 × 64\u00a0px",
        ),
        (
            PLAIN.replace(phases=(Phase(size=64, bs=16, n_epochs=6, lr=0.001),)),
            PLAIN,
            "Phases",
            "Batch size 16; Learning rate 0.001",
            "Batch size 32; Learning rate 0.003",
        ),
    ],
)
def test_one_knob_is_told_with_both_its_values(made, recipe, base, knob, here, there) -> None:
    found = control_of(made(recipe, at=2), [made(base, at=1)])
    assert found is not None and (found.knob, found.here, found.there) == (knob, here, there)


def test_the_seed_alone_is_said_to_be_luck(made) -> None:
    run = made(PLAIN.replace(seed=8), 0.72, at=2)
    found = control_of(run, [made(PLAIN, 0.7, at=1)])
    assert found is not None and found.is_seed
    said = said_of(run, found)
    assert "another seed (8 here, 7 there) reached 70.0\u00a0%, this one 72.0\u00a0%" in said and "are luck" in said


@pytest.mark.parametrize(
    "other",
    [
        PLAIN,  # the same again
        PLAIN.replace(seed=8),  # two things with mixup
        MIXUP.replace(label_smoothing=0.1, seed=8),
        MIXUP.replace(label_smoothing=0.1, width=0.5),
        MIXUP.replace(source="imagenette2-160"),  # other pictures
        MIXUP.replace(valid_limit=100),  # fewer of them to answer
        MIXUP.replace(split="random20"),
        MIXUP.replace(device="cpu"),  # no experiment
        MIXUP.replace(tta_n=2),
        MIXUP.replace(phases=(Phase(size=64, bs=32, n_epochs=12),), label_smoothing=0.1),
    ],
)
def test_what_differs_in_more_or_in_other_than_its_training_is_no_control(made, other: Recipe) -> None:
    run = made(MIXUP, at=2) if other != PLAIN else made(PLAIN, at=2)
    assert control_of(run, [made(other, at=1)]) is None


def test_neither_is_one_of_other_pictures_an_unfinished_one_or_itself(made) -> None:
    run = made(MIXUP, at=2, data="a")
    assert control_of(run, [made(PLAIN, at=1, data="b")]) is None
    assert control_of(run, [made(PLAIN, at=1, data="a", state=State.CANCELLED)]) is None
    assert control_of(run, [made(PLAIN, at=1, summary_json=json.dumps({"last_accuracy": 0.5}))]) is None
    assert control_of(run, [run, made(PLAIN, at=1, recipe_json='{"colour": "red"}')]) is None
    assert control_of(run, [made(PLAIN, at=1, data=None)]) is not None


def test_the_last_before_it_and_else_the_first_after_it(made) -> None:
    run = made(MIXUP, at=5)
    early, before = made(PLAIN, at=1), made(MIXUP.replace(seed=8), at=4)
    after, late = made(PLAIN, at=6), made(PLAIN, at=9)
    assert control_of(run, [late, after, early, before]).run is before
    assert control_of(run, [late, after]).run is after


@pytest.mark.parametrize(("n", "said"), [(100, "which chance alone could explain"), (3925, "more than counting")])
def test_a_difference_counts_by_the_number_of_pictures(made, n: int, said: str) -> None:
    """Five points at 70 %: chance makes 12.4 of 100 pictures and 2.0 of 3,925."""
    run = made(MIXUP, 0.75, at=2, n=n)
    sentence = said_of(run, control_of(run, [made(PLAIN, 0.7, at=1, n=n)]))
    assert said in sentence and "**Mixup α** (0.4 here, off there)" in sentence
    assert "reached 70.0\u00a0%, this one 75.0\u00a0%" in sentence
