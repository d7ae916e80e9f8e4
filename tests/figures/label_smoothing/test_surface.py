"""The surface of the loss: functional's numbers, a valley along each curve's lowest point, colours of the theme."""

import math

import numpy as np
import pytest

from sota_core.figures import palette
from sota_core.figures.label_smoothing import surface
from sota_core.functional import smoothing as maths

MOST = 0.9


def figure(n: int = 10, eps: float = 0.2, logit: float = 3.0):
    return surface.loss_surface(n, eps, logit, most=MOST, view="above")


@pytest.mark.parametrize("n", [2, 10, 1000])
def test_every_point_of_the_surface_is_the_loss(n: int) -> None:
    across, depth, losses = surface.surface(n, MOST)
    assert losses.shape == (len(depth), len(across)) and depth[0] == 0 and depth[-1] == MOST
    for i in (0, 7, len(depth) - 1):
        for j in (0, 30, len(across) - 1):
            target = maths.smooth_targets([0], n, float(depth[i]))
            right = maths.soft_cross_entropy(across[j] * maths.one_hot([0], n), target)[0]
            assert losses[i, j] == pytest.approx(float(right), abs=1e-12)


@pytest.mark.parametrize("n", [2, 10, 1000])
def test_nothing_on_a_curve_lies_below_its_point_of_the_valley(n: int) -> None:
    for logit, eps, floor in list(zip(*surface.valley(n, MOST), strict=True))[::10]:
        assert surface.losses_of(n, eps, (logit,))[0] == pytest.approx(floor, abs=1e-9)
        assert np.all(surface.losses_of(n, eps, surface.LOGITS) >= floor - 1e-12)
    assert max(surface.valley(n, MOST)[0]) <= surface.LOGITS[-1]


def test_the_curve_of_this_eps_and_its_logit_lie_on_the_surface() -> None:
    _, valley, curve, here = figure(eps=0.2, logit=3.0).data
    assert set(curve.y) == {0.2} and list(curve.z) == list(surface.losses_of(10, 0.2, surface.LOGITS))
    assert (here.x[0], here.y[0]) == (3.0, 0.2) and here.z[0] == curve.z[list(curve.x).index(3.0)]
    assert (valley.line.dash, curve.line.dash) == (None, "longdash")  # they differ not only in colour


def test_its_colours_are_the_theme_s() -> None:
    from streamlit.elements.lib import streamlit_plotly_theme as theirs

    places = [getattr(theirs, f"CATEGORY_{i}") for i in range(len(palette.DOMAIN))]
    ground, valley, curve, here = figure().data
    assert valley.line.color == places[palette.DOMAIN.index("right")]
    assert curve.line.color == here.marker.color == places[palette.DOMAIN.index("picture_a")]
    assert [shade for _, shade in ground.colorscale] == [getattr(theirs, f"SEQUENTIAL_{i}") for i in range(10)]


def test_the_words_say_the_lowest_point_of_this_eps() -> None:
    assert "lowest loss is 0.500, at a logit of 4.51" in surface.in_words(10, 0.1)
    assert "Your ε is 0: its curve has no lowest point" in surface.in_words(10, 0.0)
    assert math.isinf(maths.optimal_logit_gap(10, 0.0))
