"""Folding events gives the same Series, whether in one go or in parts."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sota_core.analysis.series import MAX_LOG, Series, fold, thin
from sota_core.language import use
from sota_core.later import later, now
from sota_core.train import events as make


def test_a_folded_run_has_every_batch_epoch_and_view(series: Series) -> None:
    assert series.batches.step == tuple(range(1, 31))
    assert [row.epoch for row in series.epochs] == [0, 1, 2]
    assert [p.k for p in series.tta] == [0, 1, 2, 3, 4]
    assert (series.n_train, series.n_valid, series.device) == (640, 200, "CPU, 2 threads")
    assert series.images_per_s == pytest.approx(320.0)


def test_the_speed_is_that_of_all_epochs_not_the_last_ones(series: Series) -> None:
    """Epochs have equally many pictures, so a quick one does not make up for a slow one: the mean is harmonic."""
    slow, quick = (dataclasses.replace(series.epochs[0], images_per_s=n) for n in (10.0, 90.0))
    assert dataclasses.replace(series, epochs=(slow, quick)).images_per_s == pytest.approx(18.0)
    assert Series().images_per_s is None


@pytest.mark.parametrize("cut", [0, 1, 2, 7, 13, 40])
def test_folding_in_two_parts_equals_folding_at_once(events: list[dict], series: Series, cut: int) -> None:
    assert fold(fold(Series(), events[:cut]), events[cut:]) == series


def test_a_later_attempt_starts_afresh(events: list[dict], series: Series) -> None:
    again = [event | {"attempt": 2} for event in events[:5]]
    both = fold(series, again)
    assert both.attempt == 2 and len(both.batches) == 3 and both.epochs == ()
    assert fold(Series(), [*events, *again]) == both


def test_preparation_shows_its_progress_until_the_first_batch(events: list[dict]) -> None:
    stage = fold(Series(), events[:1]).stage
    assert stage is not None and (stage.name, stage.done, stage.total) == ("cache", 10, 20)
    assert fold(Series(), events[:3]).stage is None


def test_a_repeated_progress_message_is_logged_once(events: list[dict]) -> None:
    many = [events[0] | {"done": i} for i in range(MAX_LOG * 2)]
    folded = fold(Series(), many)
    assert [text for _, text in folded.log] == ["Building the cache."]
    assert folded.stage is not None and folded.stage.done == MAX_LOG * 2 - 1


def test_a_progress_message_is_logged_once_however_often_one_looks_and_in_words(events: list[dict]) -> None:
    folded = Series()
    for done in range(11):  # one fold for each event, as a live panel does
        folded = fold(folded, [events[0] | {"message": "generate", "done": done}])
    assert [text for _, text in folded.log] == ["Drawing the pictures"]


def test_the_log_is_english_for_all_whoever_looks_first() -> None:
    with use("de"):
        assert fold(Series(), [make.log("unpack", stage="data")]).log == ((0.0, "Unpacking"),)


def test_a_sentence_with_values_is_logged_for_readers_of_every_language() -> None:
    folded = fold(Series(), [make.log(later("Pictures: {names}", names="owl"), stage="data")])
    ((_, said),) = folded.log
    assert said == "Pictures: owl" and folded.stage is not None
    with use("de"):
        assert now(said) == now(folded.stage.message) == "Bilder: owl"


def test_events_of_kinds_still_to_be_invented_are_passed_over(series: Series) -> None:
    assert fold(series, [{"kind": "weather", "attempt": 1}]) == series


def test_a_phase_start_is_the_first_step_of_a_later_phase(events: list[dict]) -> None:
    second = [e | {"phase": 1} if e["kind"] == "batch" and e["step"] > 20 else e for e in events]
    assert fold(Series(), second).phase_starts == (21,)


@given(n=st.integers(0, 5000), limit=st.integers(2, 500))
def test_thinning_keeps_order_ends_and_the_limit(n: int, limit: int) -> None:
    kept = thin(n, limit)
    assert kept == sorted(set(kept)) and len(kept) == min(n, limit)
    assert not n or (kept[0] == 0 and kept[-1] == n - 1)
