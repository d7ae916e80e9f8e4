"""What a plan costs: the printed epoch times come out."""

import pytest

from sota_core.figures.resizing.plan import LARGE, SMALL, PlanPhase, cost, epoch_line, fixed_plan, updates
from sota_core.published import experiments

CHAPTER = (PlanPhase(128, 128, 4), PlanPhase(224, 64, 6))


def test_the_two_epochs_are_the_books():
    e = experiments()
    assert sorted(row.seconds for row in e["book/baseline"].rows)[2] == LARGE[1]
    assert {row.seconds for row in e["book/progressive"].phases[0].rows} == {SMALL[1]}
    assert (e["book/baseline"].phases[0].size, e["book/progressive"].phases[0].size) == (LARGE[0], SMALL[0])


def test_the_chapters_plan_costs_what_its_epochs_cost():
    found = cost(CHAPTER)
    assert found.seconds == pytest.approx(4 * 30 + 6 * 63)
    assert found.fixed_seconds == pytest.approx(10 * 63)
    assert (found.pixels, found.fixed_pixels) == (4 * 128**2 + 6 * 224**2, 10 * 224**2)
    assert found.second_share > found.pixel_share  # the fixed part of an epoch's time does not shrink


def test_the_fixed_plan_has_the_same_epochs_at_the_largest_size():
    assert fixed_plan((PlanPhase(224, 64, 2), PlanPhase(96, 256, 3))) == (PlanPhase(224, 64, 5),)


def test_one_phase_is_its_own_fixed_plan():
    found = cost((PlanPhase(160, 64, 5),))
    assert found.pixel_share == found.second_share == 1.0


def test_an_incomplete_batch_is_no_update():
    assert updates(PlanPhase(128, 128, 4), 10_716) == 4 * 83


def test_the_line_goes_through_the_printed_points_and_starts_above_zero():
    figure = epoch_line()
    line = {row["pixels"]: row["s"] for row in figure.datasets["line"]}
    assert line[128**2 / 1000] == pytest.approx(30) and line[224**2 / 1000] == pytest.approx(63)
    assert line[0] == pytest.approx(14, abs=0.01)
    assert "14 s" in figure.alt_text
