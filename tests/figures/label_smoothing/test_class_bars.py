"""Bars over the classes: every number stands where it belongs, and 1,000 classes still fit."""

import json

import altair as alt
import pytest

from sota_core.figures.figure import Figure
from sota_core.figures.label_smoothing.class_bars import (
    MAX_ROWS,
    digits,
    gradient_bars,
    mixed_bars,
    shown_classes,
    target_bars,
)
from sota_core.figures.label_smoothing.smoothed import both, smoothed


def words_of(figure: Figure, what: str) -> dict[int, str]:
    return {bar["class"]: bar["word"] for bar in figure.datasets["bars"] if bar["what"] == what}


def test_targets_before_and_after_stand_beside_one_another() -> None:
    figure = target_bars(smoothed(5, 2, 0.1, 3.0))
    assert words_of(figure, "one-hot") == {0: "0", 1: "0", 2: "1.00", 3: "0", 4: "0"}
    assert words_of(figure, "smoothed target") == {0: "0.02", 1: "0.02", 2: "0.92", 3: "0.02", 4: "0.02"}
    assert "gets 0.92 and each other class 0.02" in figure.alt_text


def test_the_gradient_has_signs_and_goes_both_ways_from_its_zero() -> None:
    what = smoothed(10, 3, 0.1, 3.0)
    figure = gradient_bars(what)
    bars = {bar["class"]: bar for bar in figure.datasets["bars"] if bar["what"] == "− target = gradient"}
    assert bars[3]["word"].startswith("−") and bars[0]["word"].startswith("+")
    assert bars[3]["x1"] < bars[3]["x0"] < bars[0]["x1"]
    for bar in bars.values():
        assert (bar["x1"] - bar["x0"]) / 0.5 == pytest.approx(what.grad[bar["class"]])


def test_right_and_wrong_classes_differ_by_role_and_by_mark() -> None:
    figure = target_bars(smoothed(10, 3, 0.1, 3.0))
    assert {bar["class"]: bar["role"] for bar in figure.datasets["bars"]} == {
        k: "right" if k == 3 else "wrong" for k in range(10)
    }
    assert [name["word"] for name in figure.datasets["names"]][3] == "✓ 3"


def test_of_a_thousand_classes_some_rows_and_the_label_s_are_shown() -> None:
    assert shown_classes(1000, (700,)) == [*range(9), 700]
    assert shown_classes(1000, (3, 7)) == list(range(10))
    figure = target_bars(smoothed(1000, 700, 0.1, 3.0))
    assert words_of(figure, "smoothed target")[700] == "0.9001" and words_of(figure, "smoothed target")[0] == "0.0001"
    assert figure.datasets["note"][0]["word"] == "… and 990 classes more"


def test_the_figure_keeps_its_form_whatever_n_is() -> None:
    specs = {json.dumps(target_bars(smoothed(n, 1, 0.1, 3.0)).spec) for n in (2, 10, 1000)}
    assert len(specs) == 1 and len(shown_classes(1000, (1,))) == MAX_ROWS
    alt.Chart.from_dict(json.loads(specs.pop()))


def test_a_mix_bears_the_hues_of_its_two_pictures() -> None:
    figure = mixed_bars(both(10, (3, 7), 0.7, 0.1), (3, 7))
    roles = {bar["class"]: bar["role"] for bar in figure.datasets["bars"]}
    assert roles[3] == "picture_a" and roles[7] == "picture_b" and roles[0] == "wrong"
    assert words_of(figure, "target of the mix")[3] == "0.64"
    assert "class 3 0.640, class 7 0.280, each other class 0.01" in figure.alt_text


def test_a_picture_mixed_with_its_own_class_has_one_hue() -> None:
    figure = mixed_bars(both(10, (3, 3), 0.7, 0.1), (3, 3))
    assert {bar["role"] for bar in figure.datasets["bars"] if bar["class"] == 3} == {"picture_a"}


def test_decimals_follow_the_smallest_number_that_is_not_nought() -> None:
    assert digits(smoothed(10, 0, 0.1, 0.0).target) == 2
    assert digits(smoothed(1000, 0, 0.1, 0.0).target) == 4
    assert digits(smoothed(1000, 0, 0.1, 0.0).one_hot) == 2
