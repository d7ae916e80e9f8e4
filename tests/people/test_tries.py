"""Sessions that guess a password delay their own network, across all web processes, and nobody elsewhere."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sota_core import paths
from sota_core.people import tries as module
from sota_core.people.tries import FORGOTTEN_S, LONGEST_S, MOST_LANES, MOST_WAITING, Tries
from tests.runs.conftest import Clock


@pytest.mark.long
def test_sixty_guessers_keep_nobody_of_another_network_waiting(tmp_path: Path) -> None:
    slept: list[float] = []
    tries = Tries(tmp_path, sleep=slept.append, clock=Clock())  # the clock stands still: all at the same moment
    answers: list[bool | None] = []
    guessers = [threading.Thread(target=lambda: answers.append(tries.answer("net-a", False))) for _ in range(60)]
    for guesser in guessers:
        guesser.start()
    assert tries.answer("net-b", True) is True
    for guesser in guessers:
        guesser.join()
    # a few were answered, the others turned away: somebody who is right waits for a few guesses, not for sixty
    assert answers.count(False) == MOST_WAITING + 1 and answers.count(None) == 60 - MOST_WAITING - 1
    assert max(slept) <= (MOST_WAITING + 1) * LONGEST_S


def test_each_waits_for_those_before_it_and_a_full_lane_turns_away(tmp_path: Path) -> None:
    clock, slept = Clock(), []
    one, two = (Tries(tmp_path, sleep=slept.append, clock=clock) for _ in range(2))  # one for each of two processes
    assert [each.answer("net-a", False) for each in (one, two, one, two)] == [False] * 4
    assert slept == [0.5, 1.5, 3.5, 5.5]  # waits of 0.5, 1, 2 and 2 s, added up
    assert two.answer("net-a", True) is None
    clock.pass_(0.6)
    assert two.answer("net-a", True) is True and slept[-1] == pytest.approx(4.9)
    clock.pass_(5)
    assert two.answer("net-a", True) is True and slept[-1] == 0


def test_the_delay_grows_with_each_wrong_one_and_is_forgotten(tmp_path: Path) -> None:
    clock, slept = Clock(), []
    tries = Tries(tmp_path, sleep=slept.append, clock=clock)
    for _ in range(5):
        assert tries.answer("net-a", False) is False
        clock.pass_(LONGEST_S)
    assert slept == [0.5, 1.0, 2.0, 2.0, 2.0]
    assert tries.answer("net-b", False) is False and slept[-1] == 0.5
    clock.pass_(FORGOTTEN_S + 1)
    tries.answer("net-a", False)
    assert slept[-1] == 0.5


def test_a_clock_that_is_set_back_shuts_nobody_out(tmp_path: Path) -> None:
    clock, slept = Clock(), []
    tries = Tries(tmp_path, sleep=slept.append, clock=clock)
    for _ in range(MOST_WAITING + 1):
        tries.answer("net-a", False)
    clock.pass_(-86_400)
    assert tries.answer("net-a", True) is True and slept[-1] == 0


def test_many_networks_are_not_remembered_for_ever(tmp_path: Path) -> None:
    tries, lanes = Tries(tmp_path), {}
    for i in range(MOST_LANES + 10):
        tries._take_place(lanes, f"net-{i}", False)
    assert len(lanes) == MOST_LANES and f"net-{MOST_LANES + 9}" in lanes and "net-0" not in lanes


def test_another_process_knows_who_was_right_and_goes_on_counting(tmp_path: Path) -> None:
    tries = Tries(tmp_path, sleep=lambda _: None)
    tries.remember("web-ann")
    tries.answer("net-a", False)
    code = (
        "from pathlib import Path; from sota_core.people.tries import Tries; slept = []; "
        f"tries = Tries(Path({str(tmp_path)!r}), sleep=slept.append); "
        "print(tries.knows('web-ann'), tries.knows('web-ben'), tries.answer('net-a', False), slept[0] > 0.6)"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=paths.ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "False", "False", "True"]


def test_a_home_that_cannot_be_written_lets_the_right_one_in_and_slows_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(module, "write_json", full)
    slept: list[float] = []
    tries = Tries(tmp_path, sleep=slept.append)
    assert (tries.answer("net-a", False), tries.answer("net-a", True)) == (False, True)
    assert slept == [LONGEST_S, 0.0]


def test_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / module.FILE_NAME).write_text("[1")
    slept: list[float] = []
    assert Tries(tmp_path, sleep=slept.append).answer("net-a", True) is True and slept == [0]
