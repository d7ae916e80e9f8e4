"""The hills of the channels: what stands where, what the words say."""

import numpy as np
import pytest

from sota_core.figures.normalization.channels import after, before
from sota_core.figures.normalization.statistics import batch_statistics, measure


@pytest.fixture
def views() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 200, (2, 3, 16, 16), dtype=np.uint8)


def test_the_marks_stand_at_the_means_and_span_a_deviation_each_way(views):
    m = measure(views, ((0.5, 0.4, 0.3), (0.2, 0.2, 0.2)))
    own, used = before(m).datasets["own"], before(m).datasets["used"]
    assert [row["c"] for row in own] == ["R", "G", "B"]
    assert [row["x"] for row in own] == list(m.mean)
    assert [row["right"] - row["left"] for row in own] == pytest.approx([2 * s for s in m.std])
    assert [row["x"] for row in used] == [0.5, 0.4, 0.3]


def test_after_the_dashes_stand_at_0_and_1_whatever_was_used(views):
    for stats in (None, batch_statistics(views)):
        figure = after(measure(views, stats))
        assert {(row["x"], row["left"], row["right"]) for row in figure.datasets["used"]} == {(0.0, -1.0, 1.0)}


def test_a_hill_moves_with_its_statistics_and_keeps_its_shape(views):
    m = measure(views, ((0.5,) * 3, (0.25,) * 3))
    low, high = (figure(m).datasets["hills"] for figure in (before, after))
    assert [row["high"] for row in low] == [row["high"] for row in high]
    np.testing.assert_allclose([(row["x"] - 0.5) / 0.25 for row in low], [row["x"] for row in high], atol=1e-3)
    assert len(low) == 3 * 64


def test_the_axis_stays_while_the_values_fit_and_widens_when_they_do_not(views):
    def reach(stats) -> float:
        return after(measure(views, stats)).spec["layer"][0]["encoding"]["x"]["scale"]["domain"][1]

    assert reach(None) == reach(((0.5,) * 3, (0.25,) * 3)) == 3
    assert reach(((0.0,) * 3, (0.2,) * 3)) == 5
    assert reach(((0.0,) * 3, (0.01,) * 3)) == 12


def test_every_layer_shares_one_axis(views):
    # axes that differ between layers make Vega-Lite draw nothing at all, without a word
    axes = [
        (layer["encoding"][channel].get("axis", "?") if "field" in layer["encoding"][channel] else None)
        for layer in before(measure(views, None)).spec["layer"]
        for channel in ("x",)
    ]
    assert len({str(axis) for axis in axes if axis is not None}) == 1


def test_the_words_say_what_the_picture_shows(views):
    m = measure(views, ((0.5, 0.4, 0.3), (0.2, 0.2, 0.2)))
    assert f"R: mean {m.mean[0]:.3f}" in before(m).alt_text
    assert "after normalization" in after(m).alt_text
    assert [row["name"] for row in after(m).datasets["names"]] == ["R", "G", "B"]
