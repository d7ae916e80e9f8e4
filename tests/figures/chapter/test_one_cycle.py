"""The schedule is drawn as it is computed."""

import altair as alt
import pytest

from sota_core.figures.chapter.one_cycle import one_cycle_curve
from sota_core.functional.schedule import one_cycle


@pytest.mark.long
@pytest.mark.parametrize("n_epochs", [1, 5, 80])
def test_points_are_steps_of_the_schedule(n_epochs: int) -> None:
    figure = one_cycle_curve(n_epochs, 167, 3e-3, now=0)
    rates, momenta = one_cycle(n_epochs * 167, 3e-3)
    rows = figure.datasets["steps"]
    assert len(rows) <= 400
    for row in rows:
        step = round(row["epoch"] * 167)
        assert (row["lr"], row["mom"]) == (rates[step], momenta[step])
    alt.Chart.from_dict(dict(figure.spec))


def test_it_is_said_in_words() -> None:
    text = one_cycle_curve(5, 167, 3e-3, now=0).alt_text
    assert "from 0.00012 to 0.003 after 1.25 of them" in text and "momentum falls from 0.95 to 0.85" in text


def test_a_step_is_marked_on_both_lines_and_in_words():
    figure = one_cycle_curve(3, 20, 3e-3, now=22)
    rates, momenta = one_cycle(60, 3e-3)
    assert figure.datasets["now"] == [{"epoch": 1.1, "lr": rates[22], "mom": momenta[22]}]
    assert f"at batch 23 of 60, the rate is {rates[22]:.2g}" in figure.alt_text
