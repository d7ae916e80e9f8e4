"""Guessing sessions delay their own network, and whoever has the right token from elsewhere not at all."""

import threading
import time

from pages.shared.people.tries import FORGOTTEN_S, LONGEST_S, MOST_WAITING, Tries
from tests.runs.conftest import Clock


def test_sixty_guessers_keep_nobody_of_another_network_waiting() -> None:
    tries = Tries()
    guessers = [threading.Thread(target=tries.answer, args=("net-a", False)) for _ in range(60)]
    for guesser in guessers:
        guesser.start()
    began = time.monotonic()
    assert tries.answer("net-b", True) is True
    assert time.monotonic() - began < 0.3
    for guesser in guessers:
        guesser.join()
    # four were answered, the others turned away: whoever is right waits for a few guesses, not for sixty
    assert time.monotonic() - began < 2 * (MOST_WAITING + 1) * LONGEST_S


def test_a_lane_that_is_full_turns_away_without_a_look_and_is_free_again() -> None:
    going, inside = threading.Event(), threading.Semaphore(0)

    def sleep(_: float) -> None:
        inside.release()
        assert going.wait(30)

    tries = Tries(sleep=sleep)
    guessers = [threading.Thread(target=tries.answer, args=("net-a", False)) for _ in range(MOST_WAITING + 1)]
    for guesser in guessers:
        guesser.start()
    assert inside.acquire(timeout=30)
    while tries._lanes["net-a"].inside <= MOST_WAITING:  # the others are on their way to the lock
        time.sleep(0.01)
    assert tries.answer("net-a", True) is None
    going.set()
    for guesser in guessers:
        guesser.join()
    assert tries.answer("net-a", True) is True


def test_the_delay_grows_with_each_wrong_one_and_is_forgotten() -> None:
    clock, slept = Clock(), []
    tries = Tries(sleep=slept.append, clock=clock)
    for _ in range(5):
        assert tries.answer("net-a", False) is False
    assert slept == [0.5, 1.0, 2.0, 2.0, 2.0]
    assert tries.answer("net-b", False) is False and slept[-1] == 0.5
    clock.pass_(FORGOTTEN_S + 1)
    tries.answer("net-a", False)
    assert slept[-1] == 0.5


def test_many_networks_are_not_remembered_for_ever() -> None:
    tries = Tries(sleep=lambda _: None)
    for i in range(5000):
        tries.answer(f"net-{i}", False)
    assert len(tries._lanes) <= 4096
