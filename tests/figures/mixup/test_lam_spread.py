"""How λ is drawn: bars, line and words say what the maths says."""

import altair as alt
import numpy as np
import pytest

from sota_core.figures.mixup.lam_spread import BIN, CEILING, drawn_facts, lam_draws, lam_spread
from sota_core.functional.beta import beta_density, folded_density, folded_mean, folded_share_above


@pytest.mark.parametrize("is_folded", [True, False])
@pytest.mark.parametrize("alpha", [0.05, 0.4, 1.0, 4.0])
def test_the_bars_hold_every_draw_and_the_line_is_the_density(alpha: float, is_folded: bool) -> None:
    draws = lam_draws(alpha, 1000, 3, is_folded=is_folded)
    figure = lam_spread(alpha, draws, is_folded=is_folded)
    bars, line = figure.datasets["draws"], figure.datasets["density"]
    assert sum(bar["share"] for bar in bars) == pytest.approx(1)
    assert all(bar["density"] <= CEILING for bar in bars)
    density = folded_density if is_folded else beta_density
    x = np.array([point["lam"] for point in line])
    assert [point["density"] for point in line] == pytest.approx(density(x, alpha).tolist())
    assert x.min() >= (0.5 if is_folded else 0)
    alt.Chart.from_dict(dict(figure.spec))


def test_a_bar_is_as_high_as_its_draws_are_many() -> None:
    draws = np.array([0.52, 0.53, 0.72, 0.99])
    bars = {bar["x0"]: bar for bar in lam_spread(1.0, draws, is_folded=True).datasets["draws"]}
    assert bars[0.5]["share"] == pytest.approx(0.5) and bars[0.5]["density"] == pytest.approx(0.5 / BIN)
    assert bars[0.7]["share"] == pytest.approx(0.25) and bars[0.6]["share"] == 0


def test_a_bar_beyond_the_axis_bears_its_share() -> None:
    bars = lam_spread(0.1, np.full(100, 0.99), is_folded=True).datasets["draws"]
    assert [bar["cut"] for bar in bars if bar["cut"]] == ["↑ 100 %"]


def test_folded_draws_are_the_same_draws_folded() -> None:
    folded, plain = (lam_draws(0.4, 50, 1, is_folded=f) for f in (True, False))
    assert np.array_equal(folded, np.maximum(plain, 1 - plain))
    assert np.array_equal(folded, lam_draws(0.4, 50, 1, is_folded=True))


def test_many_draws_come_near_what_is_computed() -> None:
    share, mean = drawn_facts(lam_draws(0.4, 40_000, 0, is_folded=False))
    assert share == pytest.approx(folded_share_above(0.9, 0.4), abs=4 * 0.5 / 200)  # 4 standard errors of a share
    assert mean == pytest.approx(folded_mean(0.4), abs=4 * 0.16 / 200)


def test_the_words_under_the_figure_say_the_share_and_the_mean() -> None:
    text = lam_spread(0.4, lam_draws(0.4, 64, 0, is_folded=True), is_folded=True).alt_text
    assert "48 % of the mixes" in text and "Mean 0.84" in text and "64 draws" in text
