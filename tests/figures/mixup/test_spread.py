"""How λ is distributed: bars, line and words agree with the maths at every α."""

import re

import numpy as np
import pytest

from pages.parts.mixup.spread import KNOB
from sota_core.figures.frames import along, now
from sota_core.figures.mixup import spread
from sota_core.figures.mixup.draws import drawn_facts, lam_draws
from sota_core.functional.beta import beta_density, folded_density, folded_mean, folded_share_above
from sota_core.words import percent
from tests.figures.templates import slots_of

AT = {"alpha": 0.4, "n": 1000, "seed": 95, "is_folded": True}


def corners(path: str) -> np.ndarray:
    """(n, 2): the corners of a path of `Axes.path`, as shares of the box, with y upwards."""
    points = np.array([int(text) for text in re.findall(r"-?\d+", path)]).reshape(-1, 2).cumsum(axis=0) / 1000
    return points * [1, -1] + [0, 1]


@pytest.mark.parametrize("is_folded", [True, False])
def test_every_step_says_the_maths(is_folded: bool) -> None:
    columns = along(KNOB, {**AT, "is_folded": is_folded}, spread.VIEWS)
    low = 0.5 if is_folded else 0.0
    for i, alpha in enumerate(KNOB.values):
        assert columns["share"][i] == percent(folded_share_above(0.9, alpha), 0)
        assert columns["mean"][i] == f"{folded_mean(alpha):.2f}" and columns["alpha"][i] == f"{alpha:.2f}"
        draws = lam_draws(alpha, 1000, 95, is_folded=is_folded)
        share, mean = drawn_facts(draws)
        assert (columns["drawn_share"][i], columns["drawn_mean"][i]) == (percent(share, 0), f"{mean:.2f}")
        heights = np.histogram(draws, round((1 - low) / spread.BIN), (low, 1), density=True)[0]
        tops = corners(columns["draws_d"][i])[1:-1:2, 1]
        assert tops * spread.CEILING == pytest.approx(np.minimum(heights, spread.CEILING), abs=0.011)


@pytest.mark.parametrize("is_folded", [True, False])
@pytest.mark.parametrize("alpha", [0.05, 0.4, 1.0, 4.0])
def test_the_line_is_the_density(alpha: float, is_folded: bool) -> None:
    it = spread.density(alpha, is_folded)
    x, y = corners(it["density_d"]).T
    low = 0.5 if is_folded else 0.0
    lam = low + (1 - low) * x
    inside = (y < 1) & (x > 0.02) & (x < 0.98)
    right = (folded_density if is_folded else beta_density)(lam[inside], alpha)
    # paths are in whole thousandths of their box; the tolerance covers how much the density changes within half of one
    assert y[inside] * spread.CEILING == pytest.approx(right, rel=0.02, abs=0.02) and inside.sum() > 50
    assert float(it["mean_x"]) == pytest.approx((folded_mean(alpha) - 0.5) * 2 if is_folded else 0.5, abs=1e-3)
    assert it["mean_words"] == (f"mean {folded_mean(alpha):.2f}" if is_folded else "mean 0.50")


def test_a_bar_is_as_high_as_its_draws_are_many_and_one_beyond_the_axis_bears_its_share() -> None:
    shares = spread.bars(np.array([0.52, 0.53, 0.72, 0.99]), is_folded=True)
    assert shares.tolist() == [0.5, 0, 0, 0, 0.25, 0, 0, 0, 0, 0.25]
    cut = spread.drawn(0.05, 1000, 95, is_folded=True)
    share = (lam_draws(0.05, 1000, 95, is_folded=True) >= 0.95).mean()
    assert share > 0.5 and cut["cut_words"] == f"↑ {100 * share:.0f}\u00a0%" and cut["cut_x"] == "0.95"
    assert spread.drawn(0.4, 1000, 95, is_folded=True)["cut_words"] == ""


def test_the_words_say_the_share_the_mean_and_the_draws() -> None:
    said = spread.said(0.4, 64, is_folded=True)
    assert "48\u00a0% of the mixes" in said["said_figure"] and "Mean 0.84" in said["said_figure"]
    assert "64 draws" in said["said_figure"] and "0.84 on average" in said["said"]
    assert "Mean 0.50" in spread.said(0.4, 64, is_folded=False)["said_figure"]
    assert "as in the paper" in spread.fold(False)["fold_words"] and spread.fold(True)["fold_words"] == ""


@pytest.mark.parametrize("is_folded", [True, False])
def test_every_slot_of_the_templates_is_filled(is_folded: bool) -> None:
    filled = set(now({**AT, "is_folded": is_folded}, (*spread.VIEWS, spread.said)))
    assert slots_of(spread.figure()) | slots_of(spread.in_words()) <= filled


def test_folded_the_axis_begins_at_a_half() -> None:
    ticks = {
        is_folded: {shown[f"x_tick{i}"]: shown[f"x_tick{i}_at"] for i in range(spread.N_X_TICKS) if shown[f"x_tick{i}"]}
        for is_folded in (True, False)
        if (shown := spread.fold(is_folded))
    }
    assert ticks[True] == {"0.5": "0", "0.6": "0.2", "0.7": "0.4", "0.8": "0.6", "0.9": "0.8", "1.0": "1"}
    assert ticks[False] == {f"{i / 10:.1f}": f"{i / 10:g}" for i in range(11)}
