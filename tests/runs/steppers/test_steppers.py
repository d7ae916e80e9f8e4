"""Steppers without processes: few slots, one for each visitor, and none for a stepper that nobody watches."""

import os
from collections.abc import Iterator

import pytest

from sota_core.errors import QuotaError
from sota_core.runs.steppers.steppers import IDLE_S, LEFT_S, LIFE_S, Steppers
from sota_core.settings import Settings, load

JOB = {"kind": "steps", "technique": "plain", "seed": 1}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Dummy:
    """As much of a Stepper as Steppers needs: it holds its slot until it is closed."""

    def __init__(self, job, settings, slot: int, clock: Clock) -> None:
        self.job, self.slot = job, os.dup(slot)
        self.started_at = self.seen_at = self.asked_at = clock.now
        self.is_waiting = True
        self.closed: list[str] = []

    def close(self, why: str = "stopped") -> None:
        if not self.closed:
            os.close(self.slot)
        self.closed.append(why)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def two_places(tmp_path) -> Settings:
    return load({"SOTA_HOME": str(tmp_path), "SOTA_MAX_STEPPERS": "2"})


@pytest.fixture
def steppers(two_places: Settings, clock: Clock) -> Iterator[Steppers]:
    made = make(two_places, clock)
    yield made
    made.close()


def make(settings: Settings, clock: Clock) -> Steppers:
    def dummy(job, settings, slot):
        return Dummy(job, settings, slot, clock)

    return Steppers(settings, make=dummy, clock=clock, tends_itself=False)  # type: ignore[arg-type]


def test_a_visitor_has_one_and_a_new_one_takes_its_place(steppers: Steppers):
    first, second = steppers.start("ada", JOB), steppers.start("ada", JOB | {"seed": 2})
    assert first.closed == ["stopped"] and steppers.of("ada") is second and steppers.of("bob") is None
    steppers.forget("ada")
    assert second.closed == ["stopped"] and steppers.of("ada") is None


def test_no_more_than_there_are_places_whichever_server_asks(steppers: Steppers, two_places: Settings, clock: Clock):
    other = make(two_places, clock)
    steppers.start("ada", JOB)
    bob = other.start("bob", JOB)
    for server in (steppers, other):
        with pytest.raises(QuotaError, match="All 2 places for small trainings are taken"):
            server.start("eve", JOB)
    bob.close()
    steppers.start("eve", JOB)
    steppers.close()


def test_one_network_leaves_the_last_place_to_others_whichever_server_it_asks(tmp_path, clock: Clock):
    four = load({"SOTA_HOME": str(tmp_path), "SOTA_MAX_STEPPERS": "4"})
    here, there = make(four, clock), make(four, clock)
    for n, server in enumerate((here, there, here)):
        last = server.start(f"cookieless {n}", JOB, origin="net-a")
    for server in (here, there):
        with pytest.raises(QuotaError, match=r"3 of the 4 places .* from your network") as refused:
            server.start("cookieless 3", JOB, origin="net-a")
        assert refused.value.limit == 3
    assert here.start("cookieless 2", JOB, origin="net-a") is not last  # who has a place may begin anew
    there.start("bob", JOB, origin="net-b")
    with pytest.raises(QuotaError, match="All 4 places"):
        here.start("eve", JOB, origin="net-c")
    there.forget("bob")
    here.forget("cookieless 0")
    here.start("cookieless 4", JOB, origin="net-a")  # a place counts for whoever has it now
    here.start("eve", JOB, origin="net-c")
    here.close()
    there.close()


def test_whoever_s_network_does_not_count_may_take_every_place(steppers: Steppers):
    for visitor in ("ada", "bob"):
        steppers.start(visitor, JOB)


def test_the_only_place_is_for_everybody(tmp_path, clock: Clock):
    alone = make(load({"SOTA_HOME": str(tmp_path), "SOTA_MAX_STEPPERS": "1"}), clock)
    alone.start("ada", JOB, origin="net-a")
    with pytest.raises(QuotaError, match="All 1 places"):
        alone.start("bob", JOB, origin="net-a")
    alone.close()


def test_a_visitor_without_a_place_loses_none(steppers: Steppers):
    ada = steppers.start("ada", JOB)
    steppers.start("bob", JOB)
    assert steppers.start("ada", JOB) is not ada  # she may take over her own slot


@pytest.mark.parametrize(
    ("seen_ago", "asked_ago", "lives", "is_waiting", "why"),
    [
        (LEFT_S - 1, IDLE_S - 1, LIFE_S - 1, True, []),
        (LEFT_S + 1, 0, LEFT_S + 1, True, ["left"]),
        (0, IDLE_S + 1, IDLE_S + 1, True, ["idle"]),
        (0, IDLE_S + 1, IDLE_S + 1, False, []),  # busy, so not idle
        (0, 0, LIFE_S + 1, False, ["time"]),
    ],
)
def test_what_nobody_needs_is_ended(steppers: Steppers, clock: Clock, seen_ago, asked_ago, lives, is_waiting, why):
    stepper = steppers.start("ada", JOB)
    now = clock.now
    clock.now = now + lives
    stepper.seen_at, stepper.asked_at, stepper.is_waiting = clock.now - seen_ago, clock.now - asked_ago, is_waiting
    assert steppers.tend() == 1  # kept, so that the page can show it
    assert stepper.closed == why


def test_what_nobody_has_looked_at_for_long_is_forgotten(steppers: Steppers, clock: Clock):
    steppers.start("ada", JOB)
    clock.now += LEFT_S + 1
    assert steppers.tend() == 1
    clock.now += 3600
    assert steppers.tend() == 0 and steppers.of("ada") is None
