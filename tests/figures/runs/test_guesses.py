"""Guesses beside the results: all are counted, ties are named; and a room's differences from its baseline."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sota_core.analysis.room_board import baseline_of, board_rows
from sota_core.figures.runs.guesses import Votes, closest, guess_histogram, votes
from sota_core.recipes import PRESETS
from sota_core.runs.store.guesses import Guess
from sota_core.runs.store.store import Store
from tests.databases import settings_of
from tests.runs.builders import ME


def of(*values: float) -> list[Guess]:
    return [Guess(f"owner{i}", None, value, float(i)) for i, value in enumerate(values)]


def test_bars_count_every_guess_once():
    figure = guess_histogram(of(0.0, 0.72, 0.74, 0.75, 1.0), 0.74, 0.72)
    bars = {round(b["low"], 2): b["n"] for b in figure.datasets["guesses"]}
    assert bars == {0.0: 1, 0.7: 2, 0.75: 1, 0.95: 1}
    assert figure.datasets["result"] == [{"at": 0.74}] and figure.datasets["own"] == [{"at": 0.72}]
    assert figure.alt_text == (
        "5 guesses of the final accuracy, from 0.0\u00a0% to 100.0\u00a0%. The result was 74.0\u00a0%. "
        "Your own guess was 72.0\u00a0%."
    )


@pytest.mark.parametrize(("n", "ticks"), [(2, [0, 1, 2, 3]), (5, [0, 2, 4]), (30, [0, 10, 20, 30])])
def test_the_axis_of_counts_goes_in_equal_steps_of_whole_guesses(n, ticks):
    bars, *_ = guess_histogram(of(*[0.72] * n), 0.74).spec["layer"]
    assert bars["encoding"]["y"]["axis"]["values"] == ticks


@given(st.lists(st.floats(0, 1), max_size=60), st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_no_guess_is_lost_and_nobody_is_nearer_than_the_closest(values, result):
    guesses = of(*values)
    assert sum(b["n"] for b in guess_histogram(guesses, result).datasets["guesses"]) == len(values)
    best = closest(guesses, result)
    assert bool(best) is bool(values)
    assert all(abs(g.value - result) >= abs(best[0].value - result) - 1e-8 for g in guesses)


def test_equally_near_guesses_share_the_place():
    assert [g.value for g in closest(of(0.8, 0.5, 0.9), 0.85)] == [0.8, 0.9]


def test_a_run_without_a_result_is_told_as_such():
    figure = guess_histogram(of(0.5), None)
    assert figure.datasets["result"] == [] and figure.alt_text.endswith("The run ended without a result.")


@pytest.mark.parametrize(
    ("results", "won"), [((0.7, 0.8), 1), ((0.8, 0.7), 0), ((0.7, 0.7), None), ((None, 0.7), None)]
)
def test_votes_are_counted_and_judged(results, won):
    assert votes(of(0.0, 1.0, 1.0), results) == Votes(1, 2, won)
    assert Votes(1, 2, won).n_right == (None if won is None else (1, 2)[won])


@pytest.fixture
def room(tmp_path):
    """Three finished runs of a room, of which the second is the baseline, and one that was stopped."""
    with Store(settings_of(tmp_path / "runs.db")) as store:
        for i, (preset, accuracy) in enumerate((("mixup", 0.6), ("baseline", 0.7), ("normalize", 0.75))):
            run = store.queue.submit(PRESETS[preset], owner=f"o{i}", room="FAST7")
            store.queue.claim()
            store.transitions.begin(run.id, 1, **ME)
            store.transitions.finish(run.id, 1, {"accuracy": accuracy, "seconds": 9.0})
        store.transitions.request_cancel(store.queue.submit(PRESETS["all"], owner="x", room="FAST7").id, by="x")
        yield store.history.list_runs(room="FAST7")


def test_the_baseline_is_what_all_are_compared_with(room):
    rows = {row.run.recipe.preset: row for row in board_rows(room, baseline_of(room))}
    assert rows["baseline"].is_baseline and rows["baseline"].change is None
    assert rows["normalize"].change == pytest.approx(0.05) and rows["mixup"].change == pytest.approx(-0.1)
    assert rows["all"].accuracy is None and rows["all"].change is None


def test_without_a_baseline_the_first_finished_run_is_one(room):
    others = [run for run in room if run.recipe.preset != "baseline"]
    first = baseline_of(others)
    assert first is not None and first.recipe.preset == "mixup" and baseline_of([]) is None


def test_a_baseline_with_techniques_on_is_none(room):
    (real,) = [run for run in room if run.recipe.preset == "baseline"]
    mixed = real.recipe.replace(mixup_alpha=0.4, normalize="dataset")
    named = dataclasses.replace(real, id="named", created_at=0.0, recipe_json=mixed.to_json())
    assert baseline_of([*room, named]) == real


def test_an_unreadable_recipe_does_not_hide_the_board(room):
    broken = [dataclasses.replace(run, recipe_json="{}") for run in room]
    assert len(board_rows(broken, baseline_of(broken))) == len(room)
