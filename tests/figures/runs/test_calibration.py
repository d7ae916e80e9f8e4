"""Reliability diagrams show the numbers they are given, and their sentences claim no more than the numbers."""

import itertools
import re

import numpy as np
import pytest

from sota_core.figures.runs.calibration import (
    asked_gap,
    confidence_counts,
    reliability_diagram,
    table,
    verdict,
    what_it_does,
)
from sota_core.inference.calibration import Calibration, calibration
from sota_core.recipes import PRESETS


@pytest.fixture
def asked() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.full(10, 0.3), 1500)
    return probs, (rng.random(1500)[:, None] > probs.cumsum(1)).sum(1).clip(max=9)


@pytest.fixture
def fair(asked) -> Calibration:
    return calibration(*asked)


@pytest.fixture
def soft(asked) -> Calibration:
    probs, labels = asked
    return calibration(0.6 * probs + 0.04, labels)


PLAIN = PRESETS["normalize"]
SMOOTHED = PLAIN.replace(label_smoothing=0.1)


def test_the_bars_are_the_bins(fair):
    rows = reliability_diagram(fair).datasets["bins"]
    by_low = {round(15 * row["low"]): row for row in rows}
    for m, n in enumerate(fair.counts):
        assert (m in by_low) == (n > 0)
        if n:
            assert by_low[m]["n"] == n and by_low[m]["right"] == fair.right[m] and by_low[m]["sure"] == fair.sure[m]
    gaps = reliability_diagram(fair).datasets["gaps"]
    # the red gaps, weighted by their pictures, sum to the ECE
    assert sum(g["n"] * (g["y1"] - g["y0"]) for g in gaps) / len(fair) == pytest.approx(fair.ece)
    assert sum(row["n"] for row in confidence_counts(fair).datasets["counts"]) == 1500
    assert "in 15 bins" in reliability_diagram(fair).alt_text


def test_a_verdict_stays_within_chance(fair, soft):
    assert verdict(fair).startswith("as sure as it is right") and "1,500 pictures leave to chance" in verdict(fair)
    assert f"less sure than it is right, by {-100 * soft.excess:.1f} points" in verdict(soft)


def test_what_is_subtracted_is_what_the_table_writes(asked):
    """Two figures 0.06 of a point apart may be 0.1 apart once both are rounded for the table."""
    probs, labels = asked
    found = [calibration((1 - share) * probs + share / 10, labels) for share in np.linspace(0, 0.6, 13)]
    for before, after in itertools.pairwise(found):
        row = [float(cell.split()[0]) for cell in table([("a", after)]).splitlines()[-1].split("|")[3:5]]
        said = what_it_does([PLAIN, SMOOTHED], [before, after], is_paired=True)
        first, last, moved = (float(n.replace("−", "-")) for n in re.findall(r"[+−]?[\d.]+(?= to| points)", said)[:3])
        assert last == pytest.approx(row[1] - row[0]) and moved == pytest.approx(last - first)


def test_a_verdict_that_holds_on_average_alone_says_so():
    """Half of the answers are too sure by as much as the other half is not sure enough: right on average, but in
    no bin.
    """
    # class 0 is right in 95 of 100 cases where 0.85 is predicted, and in 45 where 0.55 is
    labels = np.repeat([0, 1, 0, 1], (95, 5, 45, 55))
    sure = np.repeat([0.85, 0.55], 100)
    of = calibration(np.stack([sure, 1 - sure], axis=1), labels)
    assert of.excess == pytest.approx(0) and of.ece == pytest.approx(0.1)
    assert of.ece > of.chance_ece
    said = verdict(of)
    assert said.startswith("on average as sure as it is right") and "an ECE of 10.0\u00a0%" in said


def test_the_table_has_a_row_a_run_also_of_two_with_one_name(fair, soft):
    rows = table([("a", fair), ("a", soft)]).splitlines()[2:]
    assert len(rows) == 2 and f"**{100 * soft.ece:.1f}\u00a0%**" in rows[1] and f"{soft.gap:.2f} |" in rows[1]


def test_what_smoothing_did_is_told_from_the_numbers(fair, soft):
    said = what_it_does([PLAIN, SMOOTHED.replace(seed=7)], [fair, soft], is_paired=True)
    assert "**Label smoothing ε 0.00 → 0.10**" in said and "by −" in said
    assert "the same 1,500 pictures in both" in said and "chance alone" not in said
    assert "counting pictures alone does not explain that" in said and "as well" not in said
    assert f"from {fair.gap:.2f} to {soft.gap:.2f}" in said and "another seed" in said


def test_a_gap_of_probabilities_that_were_rounded_to_0_is_told_as_the_least_that_it_is(fair) -> None:
    """As a run's at a rate of 1: two thirds of its stored probabilities were 0."""
    sure = calibration(np.array([[1, 0, 0], [0, 1, 0]], np.float32), np.array([0, 1]))
    assert table([("a", sure)]).splitlines()[-1].endswith(f"| at least {sure.gap:.2f} |")
    said = what_it_does([PLAIN, SMOOTHED], [sure, fair], is_paired=False)
    assert f"goes from at least {sure.gap:.2f} to {fair.gap:.2f}" in said


def test_nothing_is_said_to_be_done_where_nothing_moved(fair):
    said = what_it_does([PLAIN, SMOOTHED], [fair, fair], is_paired=True)
    assert "by 0.0 points" in said and "that is within chance" in said


def test_another_difference_is_named(fair, soft):
    said = what_it_does([PLAIN, SMOOTHED.replace(mixup_alpha=0.4, width=0.5)], [fair, soft], is_paired=False)
    assert "Label smoothing ε 0.00 → 0.10, Mixup α 0.00 → 0.40" in said
    assert "They differ in width as well" in said and "not the same" in said


@pytest.mark.parametrize(
    ("recipe", "text"), [(PLAIN, "neither has label smoothing"), (SMOOTHED, "both have Label smoothing ε 0.10")]
)
def test_without_a_difference_nothing_is_claimed(recipe, text, fair, soft):
    said = what_it_does([recipe, recipe.replace(seed=3)], [fair, soft], is_paired=True)
    assert text in said and "points" not in said


def test_only_a_target_that_is_smoothed_alone_asks_for_a_gap():
    assert "gap of 4.51 between 10 classes" in asked_gap(SMOOTHED, 10)
    assert asked_gap(PLAIN, 10) == asked_gap(SMOOTHED.replace(mixup_alpha=0.4), 10) == ""
