"""A map of features shows every point once, rings the mistakes, and states the spread it was given."""

import numpy as np
import pytest

from sota_core.figures import palette
from sota_core.figures.runs.feature_map import legend, points, what_they_say
from sota_core.inference.feature_map import FeatureMap

NAMES = ("church", "gas pump", "a|b", "dog")


@pytest.fixture
def of() -> FeatureMap:
    xy = np.random.default_rng(0).normal(size=(9, 2))
    right = np.arange(9) > 1
    return FeatureMap(np.arange(9), xy, np.array([0, 2, 3] * 3), right, np.array([0.6, 0.2]), 0.375)


def test_every_picture_is_a_point_of_its_class(of):
    figure = points(of, NAMES, [0, 2, 3])
    sets = figure.datasets
    assert [len(sets[f"class{i}"]) for i in range(3)] == [3, 3, 3]
    assert {row["class"] for row in sets["class1"]} == {"a|b"}
    assert sorted((r["x"], r["y"]) for i in range(3) for r in sets[f"class{i}"]) == sorted(map(tuple, of.xy.tolist()))
    assert [(r["x"], r["y"]) for r in sets["mistakes"]] == [tuple(p) for p in of.xy[:2].tolist()]
    np.testing.assert_allclose(sets["middles"][0]["x"], of.xy[of.labels == 0, 0].mean())
    assert "37.5\u00a0% of their variance" in figure.alt_text and "2 answered wrong" in figure.alt_text


def test_a_name_stands_over_its_points_with_the_ground_around_it(of):
    *_, around, name = points(of, NAMES, [0, 2, 3]).spec["layer"]
    assert around["encoding"]["stroke"] == {"value": palette.GROUND} and "stroke" not in name["encoding"]
    assert around["encoding"]["text"] == name["encoding"]["text"]


def test_words_name_each_class_with_its_mark_and_each_run_with_its_spread(of):
    said = legend(NAMES, [0, 2, 3])
    assert "◆ church" in said and r"● a\|b" in said and "answered wrong" in said
    assert "37.5\u00a0% for **one**" in what_they_say([("one", of)]) and "9 pictures" in what_they_say([("one", of)])
    assert "another seed moves both" in what_they_say([("one", of), ("two", of)])


def test_every_point_lies_within_the_frame_and_both_axes_have_one_scale(of):
    encoding = points(of, NAMES, [0, 2, 3]).spec["layer"][0]["encoding"]
    (left, right), (bottom, top) = (encoding[axis]["scale"]["domain"] for axis in "xy")
    assert ((of.xy > [left, bottom]) & (of.xy < [right, top])).all()
    assert (top - bottom) / (right - left) == pytest.approx(0.6)
