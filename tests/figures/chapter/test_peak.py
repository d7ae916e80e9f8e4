"""The schedule with its slider: at every peak, curve and sums are those of one_cycle."""

import re
from itertools import accumulate

import numpy as np
import pytest

from pages.baseline import CYCLE, MOST_RATE, PEAK
from sota_core.figures.chapter import peak
from sota_core.figures.frames import along, now
from sota_core.functional.schedule import DIV, DIV_FINAL, MOMS, one_cycle
from tests.figures.templates import slots_of

N_STEPS = 735
AT = {"peak": 0.003, "n_steps": N_STEPS, "n_epochs": 5, "top": MOST_RATE}


def heights(path: str) -> np.ndarray:
    """The height of each point of a path, from 0 at the bottom to 1 at the top."""
    begin, *steps = re.findall(r"-?\d+", path)[1::2]
    return 1 - np.array(list(accumulate(map(int, steps), initial=int(begin)))) / 1000


@pytest.mark.parametrize("at", PEAK.values)
def test_curve_and_sums_are_one_cycle_s_at_every_peak(at: float) -> None:
    shown, (rates, momenta) = now({**AT, "peak": at}, peak.VIEWS), one_cycle(N_STEPS, at)
    kept = np.unique(np.linspace(0, N_STEPS - 1, peak.N_POINTS).round().astype(int))
    assert np.abs(heights(shown["rates"]) - rates[kept] / MOST_RATE).max() <= 0.0006  # paths are in whole thousandths
    assert np.abs(heights(shown["momenta"]) - (momenta[kept] - 0.8) / 0.2).max() <= 0.0006
    assert (float(shown["peak"]), float(shown["first"])) == pytest.approx((at, at / DIV), rel=1e-3)
    last = float(shown["last"]) * 10 ** int(shown["exponent"].replace("−", "-"))
    assert last == pytest.approx(rates[-1], rel=0.05) and last > at / DIV_FINAL
    assert max(rates) == pytest.approx(at, rel=1e-3) and (max(momenta), min(momenta)) == pytest.approx(MOMS[:2])


def test_momentum_stands_still_and_all_places_have_their_slots() -> None:
    moved = along(PEAK, AT, peak.VIEWS)
    assert {"rates", "peak", "first", "last"} <= set(moved) and "momenta" not in moved
    assert all(len(column) == len(PEAK.values) for column in moved.values())
    assert slots_of(peak.template(N_STEPS, 5)) <= set(now(AT, (*peak.VIEWS, peak.said)))
    assert CYCLE and "from 0.00012 to 0.003 after 1.25" in peak.said(0.003, N_STEPS, 5)["said"]
