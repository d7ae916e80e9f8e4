"""A replay gives exactly the recorded events, in order and on time, at any speed."""

import pytest

from sota_core.analysis.series import Series, fold
from sota_core.recipes import Phase
from sota_core.runs.recordings.recording import Recording, record
from sota_core.runs.recordings.replay import SPEEDS, Player, events_until, run_at
from sota_core.runs.states import State
from tests.runs.told import finished_run, small_recipe


@pytest.fixture
def recording(store) -> Recording:
    recipe = small_recipe(phases=(Phase(size=32, bs=16, n_epochs=2), Phase(size=48, bs=16, n_epochs=1)))
    run = finished_run(store, recipe)
    return record(run, store.log.events(run.id))


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_full_replay_yields_the_recording_event_by_event(recording: Recording, speed: float):
    player, tick_s, told = Player(speed).play(now=100.0), 0.5, []
    now = 100.0
    while len(told) < len(recording.events):
        position = player.position(now, recording.duration_s)
        seen = events_until(recording, position)
        assert seen[: len(told)] == tuple(told)  # nothing is taken back
        for event in seen[len(told) :]:
            assert event["t"] <= position  # nothing is told before it happened
            told.append(event)
        assert now <= 100.0 + recording.duration_s / speed + tick_s  # each comes within a tick
        now += tick_s
    assert tuple(told) == recording.events


def test_before_the_start_there_is_nothing_and_at_the_end_everything(recording: Recording):
    assert events_until(recording, -0.001) == ()
    assert events_until(recording, 0.0) == recording.events[:1]
    assert events_until(recording, recording.duration_s) == recording.events


def test_each_event_appears_at_its_own_time_and_not_a_millisecond_before(recording: Recording):
    for event in recording.events[1:]:
        assert event not in events_until(recording, event["t"] - 1e-3)
        assert event in events_until(recording, event["t"])


def test_the_run_as_it_stood(recording: Recording):
    early, late = run_at(recording, 1.2), run_at(recording, recording.duration_s)
    assert (early.state, early.step, early.total, early.summary) == (State.RUNNING, 2, 15, {})
    assert early.eta_s == pytest.approx(recording.summary["seconds"] - 1.2)
    assert (late.state, late.step, late.eta_s) == (State.FINISHED, 15, None)
    assert late.summary == recording.summary and late.recipe == recording.recipe


def test_the_figures_of_a_replay_are_those_of_the_run(recording: Recording):
    series = fold(Series(), events_until(recording, recording.duration_s))
    assert (series.device, series.precision, series.ended) == ("CPU, 2 threads", "fp32", "finished")
    assert len(series.epochs) == 3 and [p.k for p in series.tta] == [0, 1, 2]
    assert series.phase_starts == (11,)


def test_a_paused_player_stands_still():
    paused = Player(10, at_s=3.0)
    assert [paused.position(now, 60) for now in (0.0, 1e9)] == [3.0, 3.0]


def test_playing_pausing_and_changing_speed_do_not_jump():
    player = Player(10).play(now=50.0)
    assert player.position(52.0, 60) == 20.0
    slower = player.at_speed(1, 52.0, 60)
    assert slower.position(52.0, 60) == 20.0 and slower.position(53.0, 60) == 21.0
    held = slower.pause(53.0, 60)
    assert held.position(99.0, 60) == 21.0
    assert held.play(100.0).position(101.0, 60) == 22.0


def test_a_position_stays_within_the_recording_and_a_speed_within_its_bounds():
    assert Player(50).play(0.0).position(1e6, 60) == 60
    assert Player(1, at_s=-5).position(0.0, 60) == 0
    assert Player(1).at_speed(1e9, 0.0, 60).speed == 50
    assert Player(1).moved(-3, 0.0).position(0.0, 60) == 0


def test_moving_keeps_playing():
    assert Player(1).play(0.0).moved(30, 5.0).position(6.0, 60) == 31
    assert Player(1).moved(30, 5.0).position(6.0, 60) == 30
