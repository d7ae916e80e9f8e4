"""The finder's curve: what is no number is left out, suggestions stand on the line."""

from sota_core.figures.runs.lr_finder import lr_finder_curve


def test_points_and_suggestions():
    figure = lr_finder_curve(
        [1e-3, 1e-2, 1e-1], [2.0, 1.0, None], {"valley": 0.011, "steep": None}, first=1e-7, last=10.0
    )
    assert figure.datasets["rates"] == [{"lr": 1e-3, "loss": 2.0}, {"lr": 1e-2, "loss": 1.0}]
    assert figure.datasets["valley"] == [{"lr": 1e-2, "loss": 1.0}] and figure.datasets["steep"] == []
    assert "2 batches. Suggested: valley 0.011." in figure.alt_text


def test_nothing_yet_is_an_empty_figure_with_the_same_axes():
    empty = lr_finder_curve([], [], {"valley": None, "steep": None}, first=1e-7, last=10.0)
    assert empty.datasets["rates"] == [] and "none yet" in empty.alt_text
