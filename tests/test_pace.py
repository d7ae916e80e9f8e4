"""tests/pace.py: slowness is that of the worst look, and never below 1."""

import threading

import pytest

from tests import pace
from tests.pace import SPIN_S, Pace


@pytest.mark.parametrize(("looks", "slowness"), [((1.0, 7.0, 2.0), 7.0), ((0.5, 0.9, 0.4), 1.0)])
def test_the_worst_look_counts(looks: tuple[float, ...], slowness: float, monkeypatch: pytest.MonkeyPatch):
    left, seen = [factor * SPIN_S for factor in looks], threading.Event()

    def spin() -> float:
        if len(left) == 1:
            seen.set()
        return left.pop(0) if len(left) > 1 else left[0]

    monkeypatch.setattr(pace, "_spin", spin)
    monkeypatch.setattr(pace, "PAUSE_S", 0.001)
    with Pace() as found:
        assert seen.wait(60)
    assert found.slowness == pytest.approx(slowness) and not found._looking.is_alive()


def test_a_look_takes_at_least_what_it_costs():
    assert pace._spin() >= 0.9 * SPIN_S
