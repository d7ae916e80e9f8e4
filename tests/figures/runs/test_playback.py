"""A recording as frames: at each moment what its events had told by then, and no more."""

import json
import zlib

import pytest

from pages.parts.overview.recorded_run import PLAYED
from sota_core import words
from sota_core.analysis.series import Series, fold
from sota_core.analysis.verdict import sentences
from sota_core.figures.frames import along, now
from sota_core.figures.runs import playback
from sota_core.runs.recordings.recording import shipped
from sota_core.runs.recordings.replay import events_until
from tests.figures.templates import slots_of

RECORDINGS = sorted(  # those for which the figure has marks enough
    name
    for name, of in shipped().items()
    if of.recipe.total_epochs <= playback.MOST_EPOCHS and of.recipe.tta_n < playback.MOST_PASSES
)


def at(name: str, moment: float) -> dict[str, str]:
    return now({playback.MOMENT: moment, "recording": name}, playback.VIEWS + playback.STILL)


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_shipped_recording_that_has_room_is_played_to_its_result(name: str) -> None:
    of = shipped()[name]
    end = at(name, playback.knob(of).values[-1])
    assert end["doing"] == "Finished" and end["is_over"] == "visible"
    assert (
        words.percent(of.summary["accuracy"]) in end["figures"]
        and words.percent(of.summary["tta_accuracy"]) in (end["figures"])
    )
    assert end["verdict"] == " ".join(sentences(fold(Series(), of.events), of.recipe))


def test_a_mark_is_seen_when_its_event_had_come_and_not_before() -> None:
    of = shipped()[PLAYED]
    for moment in playback.knob(of).values:
        seen, told = at(PLAYED, moment), [e["kind"] for e in events_until(of, moment)]
        for name, kind, most in (("epoch", "epoch", playback.MOST_EPOCHS), ("pass", "tta_pass", playback.MOST_PASSES)):
            n = sum(seen[f"{name}{i}_seen"] == "visible" for i in range(most))
            assert n == told.count(kind)
        assert (seen["is_over"] == "visible") == ("ended" in told)


def test_lines_are_uncovered_as_far_as_was_told_and_no_further() -> None:
    of = shipped()[PLAYED]
    told = [e.get("t", 0.0) for e in of.events if e["kind"] == "epoch"]
    between = at(PLAYED, (told[0] + told[1]) / 2)
    assert between["told"] == between["epoch0_x"] and float(between["told"]) < float(between["now"])
    assert at(PLAYED, told[0] / 2)["told"] == "0"
    end = at(PLAYED, of.duration_s)
    assert float(end["pass4_x"]) <= float(end["now"]) < 1


def test_the_words_tell_the_epoch_and_the_view() -> None:
    of = shipped()[PLAYED]
    first = next(e for e in of.events if e["kind"] == "epoch")
    assert at(PLAYED, first.get("t", 0) - 0.01)["doing"] == "Training, epoch 1 of 4"
    after = at(PLAYED, first.get("t", 0) + 0.01)
    assert after["doing"] == "Training, epoch 2 of 4"
    assert after["figures"].endswith(f"accuracy {words.percent(first['accuracy'])}")
    view = next(e for e in of.events if e["kind"] == "tta_pass" and e["k"] == 2)
    assert at(PLAYED, view.get("t", 0) + 0.001)["doing"] == "Test-time augmentation, view 2 of 4"


def test_template_and_views_have_the_same_slots() -> None:
    shown = set(at(PLAYED, 3.0))
    ticks = {f"{of}_tick{i}" for of in ("loss", "share") for i in range(3)}
    assert slots_of(playback.template()) | slots_of(playback.outcome()) == shown and ticks <= shown


def test_all_frames_together_are_a_few_kilobytes() -> None:
    of = shipped()[PLAYED]
    knob = playback.knob(of)
    frames = along(knob, {playback.MOMENT: 0.0, "recording": PLAYED}, playback.VIEWS)
    assert len(frames["now"]) == playback.N_FRAMES + 1
    text = json.dumps([frames, at(PLAYED, 0.0)])
    assert len(zlib.compress(text.encode(), level=1)) < 8_000
