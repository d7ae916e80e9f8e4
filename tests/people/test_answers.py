"""Answers are kept with a name and a room, can be withdrawn completely, and are removed after a time."""

import time
from pathlib import Path

import pytest

from sota_core.errors import InputError, QuotaError
from sota_core.people import answers
from sota_core.people.rooms import MOST_ROOMS

ADA = "web-" + "a" * 20


def test_what_is_shown_replaces_what_was(tmp_path: Path):
    assert answers.show(tmp_path, "FAST7", ADA, " Ada ", "a~b") and answers.show(tmp_path, "FAST7", ADA, "Ada", "a~c")
    (one,) = answers.shown(tmp_path, "FAST7")
    assert (one.name, one.word) == ("Ada", "a~c") and answers.own(tmp_path, "FAST7", ADA) == one
    assert answers.shown(tmp_path, "OTHER") == []


def test_what_is_taken_back_is_gone(tmp_path: Path):
    answers.show(tmp_path, "FAST7", ADA, "Ada", "a")
    answers.hide(tmp_path, "FAST7", ADA)
    assert answers.shown(tmp_path, "FAST7") == [] and not list(tmp_path.rglob("*.json"))


@pytest.mark.parametrize(("owner", "name"), [("cli", "Ada"), ("../x", "Ada"), (ADA, " "), (ADA, "\u202e")])
def test_nothing_is_kept_without_a_name_or_of_nobody(owner: str, name: str, tmp_path: Path):
    assert not answers.show(tmp_path, "FAST7", owner, name, "a") and not list(tmp_path.rglob("*.json"))
    with pytest.raises(InputError):
        answers.show(tmp_path, "../..", ADA, "Ada", "a")


def test_a_room_is_bounded_and_so_is_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(answers, "MOST", 1)
    assert answers.show(tmp_path, "FAST7", ADA, "Ada", "x" * 9_999)
    assert not answers.show(tmp_path, "FAST7", "web-" + "b" * 20, "Bob", "a")
    assert [len(one.word) for one in answers.shown(tmp_path, "FAST7")] == [answers.LONGEST]


def test_the_rooms_of_one_owner_are_bounded_and_one_taken_back_makes_room(tmp_path: Path):
    for n in range(MOST_ROOMS):
        assert answers.show(tmp_path, f"ROOM{n}", ADA, "Ada", "a")
    with pytest.raises(
        QuotaError,
        match=f"in {MOST_ROOMS} rooms, as many as one person may; untick that in one of them first, such as ROOM0",
    ):
        answers.show(tmp_path, "ONEMORE", ADA, "Ada", "a")
    assert answers.shown(tmp_path, "ONEMORE") == [] and answers.show(tmp_path, "ROOM0", ADA, "Ada", "b")
    assert answers.show(tmp_path, "ONEMORE", "web-" + "b" * 20, "Bob", "a")
    answers.hide(tmp_path, "ROOM0", ADA)
    assert answers.show(tmp_path, "ONEMORE", ADA, "Ada", "a")


def test_one_that_is_taken_back_meanwhile_is_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    answers.show(tmp_path, "FAST7", ADA, "Ada", "a")
    answers.show(tmp_path, "FAST7", "web-" + "b" * 20, "Bob", "b")
    found = Path.glob

    def glob(self: Path, pattern: str):
        listed = list(found(self, pattern))
        answers.hide(tmp_path, "FAST7", ADA)
        return listed

    monkeypatch.setattr(Path, "glob", glob)
    assert answers.clear(tmp_path, time.time() + answers.KEPT_S + 60) == 1


def test_a_room_that_nobody_is_in_leaves_no_folder_for_ever(tmp_path: Path):
    answers.show(tmp_path, "FAST7", ADA, "Ada", "a")
    folder = tmp_path / "rooms" / "FAST7"
    later = time.time() + answers.KEPT_S + 60
    # kept once more: somebody may be about to write into it
    assert answers.clear(tmp_path, later) == 1 and folder.exists()
    assert answers.clear(tmp_path, later) == 0 and not folder.exists()


def test_they_go_after_half_a_year(tmp_path: Path):
    answers.show(tmp_path, "FAST7", ADA, "Ada", "a")
    (one,) = answers.shown(tmp_path, "FAST7")
    assert answers.clear(tmp_path, one.at + 100) == 0 and answers.clear(tmp_path, one.at + answers.KEPT_S + 100) == 1
