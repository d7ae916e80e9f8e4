"""A clock that jumps is not trusted at once; one that goes on is, however long nobody has asked."""

import json

import pytest

from sota_core.system.clock import LEAP_S, STAYS_S, is_steady

NOW, YEAR_S = 1.8e9, 365 * 86_400.0


def test_one_that_goes_on_is_believed(tmp_path):
    for passed in (0.0, 3600.0, 5 * 86_400.0, 12 * 86_400.0 - 1, 11 * 86_400.0):  # the last one is set back by a day
        assert is_steady(tmp_path, NOW + passed)


@pytest.mark.parametrize("leap_s", [YEAR_S, -YEAR_S, LEAP_S + 1])
def test_one_that_leaps_is_believed_once_it_has_stayed_there(tmp_path, leap_s):
    assert is_steady(tmp_path, NOW)
    there = NOW + leap_s
    assert [is_steady(tmp_path, there + s) for s in (0, 60, STAYS_S - 1)] == [False] * 3
    assert is_steady(tmp_path, there + STAYS_S) and is_steady(tmp_path, there + STAYS_S + 1)


def test_one_that_is_set_right_again_has_done_nothing(tmp_path):
    assert is_steady(tmp_path, NOW) and not is_steady(tmp_path, NOW + YEAR_S)
    assert is_steady(tmp_path, NOW + 600)
    assert not is_steady(tmp_path, NOW + YEAR_S + 7200)  # it jumps once more: the wait starts again
    assert not is_steady(tmp_path, NOW + 2 * YEAR_S) and not is_steady(tmp_path, NOW + 2 * YEAR_S + 60)


DAY_S = 86_400.0


def test_a_silence_is_no_leap_if_the_machine_has_been_up_for_as_long(tmp_path):
    """A lesson every eight days on a machine that stays on, and a home that nobody has used for a year."""
    for days in (0, 8, 16, 381):
        assert is_steady(tmp_path, NOW + days * DAY_S, ("a", 50.0 + days * DAY_S))
    assert not is_steady(tmp_path, NOW + (381 + 8) * DAY_S, ("a", 60.0 + 381 * DAY_S))
    assert not is_steady(tmp_path, NOW + 381 * DAY_S, ("a", 60.0 + (381 + 8) * DAY_S)), "set back over a silence"


def test_over_a_restart_a_silence_is_believed_after_an_hour_or_at_the_next_restart(tmp_path):
    """A lesson of 49 minutes every eight days, with the machine off between them: nothing would ever be removed."""
    seen = [
        [is_steady(tmp_path, NOW + week * 8 * DAY_S + s, (f"boot {week}", 60.0 + s)) for s in (0, 1200, 2940)]
        for week in range(3)
    ]
    assert seen == [[True] * 3, [False] * 3, [False, True, True]]
    assert is_steady(tmp_path, NOW + 60 * DAY_S, ("on since this morning", STAYS_S))


def test_one_that_is_a_year_ahead_at_every_start_is_believed_at_none(tmp_path):
    """Until the network sets it, which nobody asks about: lessons of under an hour."""
    assert is_steady(tmp_path, NOW, ("a", 9e6))
    for day in range(1, 5):
        assert not is_steady(tmp_path, NOW + YEAR_S + day * DAY_S, (f"boot {day}", 40.0))


def test_one_that_a_restart_has_put_a_year_ahead_for_a_while_is_not_believed(tmp_path):
    assert is_steady(tmp_path, NOW, ("a", 9e6))
    assert not is_steady(tmp_path, NOW + YEAR_S, ("b", 30.0))
    assert is_steady(tmp_path, NOW + 600, ("b", 630.0))  # the network has set it
    assert not is_steady(tmp_path, NOW + YEAR_S, ("c", 30.0))
    assert is_steady(tmp_path, NOW + 1200, ("d", 30.0)), "right again only after one more restart"
    assert not is_steady(tmp_path, NOW - YEAR_S, ("e", 30.0)) and not is_steady(tmp_path, NOW - YEAR_S, ("f", 30.0))


@pytest.mark.parametrize("boot", ["", "a"])
def test_what_an_earlier_version_has_noted_still_counts(tmp_path, boot):
    """It knew no uptime. Nor do some systems ("")."""
    (tmp_path / "clock.json").write_text(json.dumps([NOW, NOW]))
    assert not is_steady(tmp_path, NOW + YEAR_S, (boot, 9e6))
    assert is_steady(tmp_path, NOW + YEAR_S + STAYS_S, (boot, 9e6 + STAYS_S))
    (tmp_path / "clock.json").write_text(json.dumps([NOW, NOW + YEAR_S]))
    assert is_steady(tmp_path, NOW + YEAR_S + STAYS_S, (boot, 9e6)) and is_steady(tmp_path, NOW + YEAR_S, (boot, 9e6))


@pytest.mark.parametrize("text", ["", "7", "{}", "[1]", '["a", "b"]', "null"])
def test_where_nothing_is_known_it_is_believed(tmp_path, text):
    (tmp_path / "clock.json").write_text(text)
    up = ("a", 5.0)
    assert is_steady(tmp_path, NOW, up)
    assert json.loads((tmp_path / "clock.json").read_text()) == {"last": [NOW, *up], "leapt": None}


def test_a_home_that_cannot_be_written_keeps_nothing_from_being_removed(tmp_path):
    (tmp_path / "file").write_text("")
    assert is_steady(tmp_path / "file", NOW)
