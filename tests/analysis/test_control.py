"""A run is compared with the run that differs from it in one thing, and what is said of the two is true."""

import dataclasses
import json

import pytest

from sota_core.analysis.control import control_of, other_seeds, said_of
from sota_core.recipes import PRESETS, Phase, Recipe
from sota_core.runs.recordings.recording import shipped
from sota_core.runs.recordings.replay import run_at
from sota_core.runs.run import Run
from sota_core.runs.states import State
from tests.analysis.compared_items import item

SIX = Phase(size=64, bs=32, n_epochs=6)
PLAIN = PRESETS["normalize"].replace(source="sample", phases=(SIX,), seed=7)
MIXUP = PLAIN.replace(mixup_alpha=0.4, preset="mixup")


@pytest.fixture
def made():
    """make(recipe, accuracy, at, n): a finished run with this accuracy on n pictures, submitted at this time."""
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
            "Phases, epochs × size",
            "6 × 64\u00a0px; Batch size 16; Learning rate 0.001",
            "6 × 64\u00a0px; Batch size 32; Learning rate 0.003",
        ),
        (
            PLAIN.replace(phases=(SIX, SIX)),  # its settings, the same in both phases, are those of the other run
            PLAIN,
            "Phases, epochs × size",
            "6 × 64 + 6 × 64\u00a0px",
            "6 × 64\u00a0px",
        ),
        (
            # one epoch more, other learning rates
            PLAIN.replace(phases=(dataclasses.replace(SIX, method="fine_tune"),)),
            PLAIN,
            "Phases, epochs × size",
            "7 × 64\u00a0px; Schedule fine_tune",
            "6 × 64\u00a0px; Schedule fit_one_cycle",
        ),
        # other validation and TTA, same training
        (MIXUP.replace(valid_limit=100, tta_n=2), PLAIN, "Mixup α", "0.4", "off"),
    ],
)
def test_one_knob_is_told_with_both_its_values(made, recipe, base, knob, here, there) -> None:
    found = control_of(made(recipe, at=2), [made(base, at=1)])
    assert found is not None and (found.knob, found.here, found.there) == (knob, here, there)


def used(accuracy: float, **what: str) -> str:
    """The summary of a run that says which loader and precision it used."""
    return json.dumps({"accuracy": accuracy, "n_valid": 500, "loader": "cache", "precision": "fp32"} | what)


def test_the_seed_and_rounding_are_named_and_no_chance_beside_them(made) -> None:
    run = made(PLAIN.replace(seed=8), at=2, summary_json=used(0.72))
    found = control_of(run, [made(PLAIN, at=1, summary_json=used(0.7))])
    assert found is not None and found.is_seed
    both = "The same run with another seed (7 there, 8 here) reached {} there and {} here, of 500 pictures, without TTA"
    after = ": only the seed, and rounding, made this difference."
    assert said_of(run, found) == both.format("70.0\u00a0%", "72.0\u00a0%") + after
    broken = made(PLAIN.replace(seed=9), at=3, summary_json=used(0.1))
    said = said_of(broken, control_of(broken, [made(PLAIN, at=1, summary_json=used(0.7))]))
    assert said.endswith(after) and "chance" not in said


def test_nothing_is_given_as_the_only_reason_where_what_a_run_used_is_not_known(made) -> None:
    older = made(PLAIN, 0.7, at=1)
    run = made(PLAIN.replace(seed=8), at=2, summary_json=used(0.72))
    assert said_of(run, control_of(run, [older])).endswith(
        " reached 70.0\u00a0% there and 72.0\u00a0% here, of 500 pictures, without TTA."
    )


@pytest.mark.parametrize("other", [{"precision": "bf16"}, {"loader": "files"}])
def test_a_run_in_another_precision_or_by_another_loader_is_no_control(made, other: dict) -> None:
    """The same recipe: `auto` became fp32 on one machine and bf16 on the other; one disk had no room for the cache."""
    for recipe in (PLAIN.replace(seed=8), MIXUP):
        run = made(recipe, at=2, summary_json=used(0.72))
        assert control_of(run, [made(PLAIN, at=1, summary_json=used(0.7))]) is not None
        assert control_of(run, [made(PLAIN, at=1, summary_json=used(0.7, **other))]) is None


@pytest.mark.parametrize(
    "other",
    [
        PLAIN,  # the same recipe
        PLAIN.replace(seed=8),  # with mixup two differences
        MIXUP.replace(label_smoothing=0.1, seed=8),
        MIXUP.replace(label_smoothing=0.1, width=0.5),
        MIXUP.replace(source="imagenette2-160"),  # other pictures
        MIXUP.replace(valid_limit=100, tta_n=2),  # only validation and TTA differ
        MIXUP.replace(phases=(SIX, SIX), mixup_alpha=0.0),  # twice the epochs, no mixup
        MIXUP.replace(split="random20"),
        MIXUP.replace(device="cpu"),  # a device is no experiment
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
    assert control_of(run, [made(PLAIN, at=1, n=499)]) is None
    assert control_of(made(MIXUP, at=2, summary_json=None), [made(PLAIN, at=1)]) is None


def test_neither_is_one_that_was_trained_by_other_code_or_on_the_other_kind_of_device(made) -> None:
    run = made(MIXUP, at=2, code="a")
    assert control_of(run, [made(PLAIN, at=1, code="b")]) is None
    assert control_of(run, [made(PLAIN, at=1, code="a")]) is not None
    on_a_card = json.dumps({"accuracy": 0.7, "n_valid": 500, "peak_gpu_bytes": 1e9, "seconds": 9.0, "answers_s": 1.0})
    assert control_of(run, [made(PLAIN, at=1, code="a", summary_json=on_a_card)]) is None


def test_neither_is_one_whose_start_knew_other_pictures(made) -> None:
    """The net from the app was trained on most of a random fifth of the sample, random weights on none."""
    scratch = PLAIN.replace(arch="xresnet18", width=0.1875)
    for split, is_one in (("official", True), ("random20", False)):
        base = scratch.replace(split=split)
        run = made(base.replace(pretrained="sample"), at=2)
        assert (control_of(run, [made(base, at=1)]) is not None) is is_one


def test_the_last_before_it_and_else_the_first_after_it(made) -> None:
    run = made(MIXUP, at=5)
    early, before = made(PLAIN, at=1), made(MIXUP.replace(seed=8), at=4)
    after, late = made(PLAIN, at=6), made(PLAIN, at=9)
    assert control_of(run, [late, after, early, before]).run is before
    assert control_of(run, [late, after]).run is after


@pytest.mark.parametrize(
    ("n", "said"), [(100, "chance alone could explain the difference"), (3925, "more than chance in counting pictures")]
)
def test_a_difference_counts_by_the_number_of_pictures(made, n: int, said: str) -> None:
    """Around 70 %, chance alone makes 12.4 points with 100 pictures and 2.0 with 3,925; the runs are 5 points apart."""
    run = made(MIXUP, 0.75, at=2, n=n)
    sentence = said_of(run, control_of(run, [made(PLAIN, 0.7, at=1, n=n)]))
    assert said in sentence and "**Mixup α** (off there, 0.4 here)" in sentence
    assert f"reached 70.0\u00a0% there and 75.0\u00a0% here, of {n:,} pictures" in sentence


@pytest.mark.parametrize(("theirs", "n", "is_chance"), [(0.96, 100, True), (0.95, 100, True), (0.94, 100, False)])
def test_a_few_pictures_are_no_more_than_chance_where_all_are_right_too(made, theirs, n, is_chance) -> None:
    run = made(MIXUP, 1.0, at=2, n=n)
    assert ("chance alone" in said_of(run, control_of(run, [made(PLAIN, theirs, at=1, n=n)]))) is is_chance


def test_the_same_accuracy_is_no_difference(made) -> None:
    for other in (PLAIN, MIXUP.replace(seed=8)):
        run = made(MIXUP, 0.7, at=2)
        said = said_of(run, control_of(run, [made(other, 0.7, at=1)]))
        assert said.endswith("reached the same, 70.0\u00a0% of 500 pictures, without TTA.")


def test_other_seeds_are_finished_runs_of_a_chosen_recipe_one_for_each_seed(made):
    def of(id: str, recipe: Recipe, **changes) -> Run:
        return made(recipe, id=id, **{"data": None, "code": None, **changes})

    chosen = [
        dataclasses.replace(item("a", PLAIN.replace(seed=1)), data="d1"),
        item("b", PLAIN.replace(seed=2), state="cancelled"),
    ]
    runs = [
        of("again", PLAIN.replace(seed=1)),
        of("two", PLAIN.replace(seed=2)),
        of("three", PLAIN.replace(seed=3), data="d1"),
        of("older three", PLAIN.replace(seed=3), data="d1"),
        of("changed", PLAIN.replace(seed=4), data="d2"),
        of("going", PLAIN.replace(seed=5), state=State.RUNNING),
        of("other", PLAIN.replace(seed=6, width=0.5)),
        of("unreadable", PLAIN, recipe_json="{}"),
    ]
    assert other_seeds(chosen, runs) == ["two", "three"]
