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


def test_the_axis_shows_the_fall_and_not_what_the_line_rises_to_afterwards():
    def axis(losses: list[float], valley: float | None = None) -> list[float]:
        rates = [10.0**k for k in range(-5, len(losses) - 5)]
        found = lr_finder_curve(rates, losses, {"valley": valley, "steep": None}, first=1e-5, last=10.0)
        return found.spec["layer"][0]["encoding"]["y"]["scale"]["domain"]

    assert axis([2.5, 2.4, 2.1, 2.3, 8.4]) == [1.5, 3.0]
    assert axis([2.5, 2.4, 2.1, 2.3, 8.4], valley=0.1) == [0.0, 15.0]  # a mark is in it, wherever it is
    assert axis([2.5]) == [2.0, 3.0]
    assert axis([]) == [0.0, 2.5]


def test_a_loss_that_has_not_fallen_yet_is_not_cut_off():
    losses = [2.49, 2.55, 2.52]  # the first batch's is the lowest
    spec = lr_finder_curve([1e-7, 2e-7, 3e-7], losses, {}, first=1e-7, last=10.0).spec
    layers = spec["layer"] if "layer" in spec else [spec]
    domains = [
        layer["encoding"]["y"]["scale"]["domain"] for layer in layers if "scale" in layer["encoding"].get("y", {})
    ]
    assert domains and all(low <= min(losses) and max(losses) <= high for low, high in domains)
