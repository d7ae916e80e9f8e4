"""A clock that jumps is not trusted at once; one that goes on is, if it is asked about at least once a week."""

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


@pytest.mark.parametrize("text", ["", "7", "{}", "[1]", '["a", "b"]', "null"])
def test_where_nothing_is_known_it_is_believed(tmp_path, text):
    (tmp_path / "clock.json").write_text(text)
    assert is_steady(tmp_path, NOW) and json.loads((tmp_path / "clock.json").read_text()) == [NOW, NOW]


def test_a_home_that_cannot_be_written_keeps_nothing_from_being_removed(tmp_path):
    (tmp_path / "file").write_text("")
    assert is_steady(tmp_path / "file", NOW)
