"""What the soak benchmark counts as growth."""

import pytest

from benchmarks.load.soak import FLAT, growth


def test_a_line_that_rises_is_told_by_its_share_and_its_slope():
    assert growth([(600.0 * i, 300.0 + 10 * i) for i in range(13)]) == (0.2857, "315 to 405, +60 an hour")


@pytest.mark.parametrize("values", [[250.0] * 30, [250.0, 254.0, 248.0] * 10, [250.0] * 29 + [900.0]])
def test_what_goes_up_and_down_is_flat(values: list[float]):
    assert growth(list(enumerate(values)))[0] <= FLAT


def test_nothing_looked_at_is_not_flat():
    assert growth([]) == growth([(0.0, 1.0)] * 2) == (float("inf"), "too few looks")


@pytest.mark.parametrize(("last", "grown"), [(23.0, 0.0), (27.0, 0.0), (20.0, -0.1304), (50.0, 1.0)])
def test_a_few_that_come_and_go_are_no_growth(last: float, grown: float):
    assert growth([(0.0, 23.0), (1.0, 23.0), (2.0, last)], slack=4)[0] == grown
