"""The figures of test-time augmentation say what the maths says, and keep their frame while weights move."""

import numpy as np
import pytest

from sota_core.figures.tta.views import N_SHOWN, growth_curve, number, votes, weights
from sota_core.functional.tta import combine, view_weights
from sota_core.inference.predictions import Growth

NAMES = ("carp", "trout", "clam", "scallop", "balloon", "mushroom", "boat")
PLAIN = np.array([0.5, 0.3, 0.1, 0.04, 0.03, 0.02, 0.01])
VIEWS = np.array([[0.2, 0.6, 0.1, 0.04, 0.03, 0.02, 0.01], [0.1, 0.7, 0.1, 0.04, 0.03, 0.02, 0.01]])


def drawn(beta: float, label: int | None = 0):
    combined = combine(PLAIN[None], VIEWS[:, None], beta)[0]
    return votes(NAMES, PLAIN, VIEWS, combined, label, "two views say"), combined


def test_each_class_shows_the_combination_every_view_and_the_plain_one() -> None:
    figure, combined = drawn(0.25)
    assert [r["p"] for r in figure.datasets["combined"]] == pytest.approx(sorted(combined, reverse=True)[:N_SHOWN])
    trout = [r["p"] for r in figure.datasets["views"] if r["name"] == "trout"]
    assert trout == [0.6, 0.7]
    assert {r["name"]: r["p"] for r in figure.datasets["plain"]}["✓ carp"] == 0.5
    assert (
        "plain view says carp" in figure.alt_text
        and "trout" in figure.alt_text
        and "true class is carp" in figure.alt_text
    )


def test_the_rows_stay_while_beta_is_moved() -> None:
    assert drawn(0.0)[0].spec == drawn(1.0)[0].spec


def test_the_true_class_is_shown_however_unlikely() -> None:
    figure, _ = drawn(0.25, label=6)
    assert figure.datasets["combined"][-1]["name"] == "✓ boat"
    assert len(figure.datasets["combined"]) == N_SHOWN


def test_a_picture_of_unknown_class_has_no_tick() -> None:
    figure, _ = drawn(0.25, label=None)
    assert not any("✓" in row["name"] for row in figure.datasets["combined"])
    assert "true class" not in figure.alt_text


@pytest.mark.parametrize(("n", "beta"), [(4, 0.25), (1, 0.0), (8, 1.0)])
def test_the_bars_are_the_weights_and_the_line_is_an_equal_share(n: int, beta: float) -> None:
    figure = weights(n, beta)
    bars = [r["w"] for r in [*figure.datasets["plain"], *figure.datasets["views"]]]
    assert bars == view_weights(n, beta).tolist()
    assert figure.datasets["equal"][0]["w"] == 1 / (n + 1)


def test_weights_are_written_with_the_decimals_they_have() -> None:
    assert [number(w) for w in (0.1875, 0.25, 0.0938, 1.0, 0.0)] == [".1875", ".25", ".0938", "1", "0"]
    assert ".1875" in weights(4, 0.25).alt_text and ".2" in weights(4, 0.25).alt_text


def test_more_views_are_drawn_inside_the_frame_and_the_chosen_number_is_ringed() -> None:
    found = [Growth(0, 0.85, 0.85, 0.85), Growth(1, 0.86, 0.84, 0.872), Growth(2, 0.88, 0.88, 0.88)]
    figure = growth_curve(found, chosen=2, n=500)
    assert figure.datasets["chosen"][0]["k"] == 2 and figure.datasets["plain"][0]["mean"] == 0.85
    low, high = figure.spec["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert low <= 0.84 and high >= 0.88
    assert "500 pictures" in figure.alt_text and "part of the scale" in figure.alt_text


def test_a_number_of_views_that_was_not_stored_rings_the_last() -> None:
    found = [Growth(0, 0.5, 0.5, 0.5), Growth(1, 0.6, 0.6, 0.6)]
    assert growth_curve(found, chosen=8, n=10).datasets["chosen"][0]["k"] == 1
