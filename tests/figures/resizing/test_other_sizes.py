"""The figure of a net at other sizes: every size and its noise, on a scale that includes them all."""

import numpy as np
import pytest

from sota_core.figures.resizing.other_sizes import by_size
from sota_core.inference.other_sizes import OtherSizes

ANSWERS = np.array([[1, 1, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]], np.uint8)
FOUND = OtherSizes(80, (60, 80, 100), ANSWERS, np.zeros(4, np.uint8), "2026-11-26", "CPU")


def test_a_point_stands_at_its_accuracy_and_its_bar_is_the_noise_of_the_difference():
    figure = by_size(FOUND)
    small, own, large = figure.datasets["sizes"]
    assert [row["accuracy"] for row in (small, own, large)] == [0.25, 0.75, 1.0]
    assert own["low"] == own["high"] == 0.75
    assert large["high"] - large["accuracy"] == pytest.approx(1.96 / 4)
    assert large["text"] == "4 of 4, +25.0 points"
    assert figure.datasets["own"][0]["size"] == 80
    assert (
        "60 px 25.0\u00a0%, 80 px 75.0\u00a0%, 100 px 100.0\u00a0%" in figure.alt_text
        and "part of the scale" in figure.alt_text
    )
