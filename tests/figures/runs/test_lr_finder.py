"""The learning rate finder's curve: losses that are no numbers are left out, suggestions lie on the line."""

import json
import math

import pytest

from sota_core import words
from sota_core.figures.runs.lr_finder import lr_finder_curve
from sota_core.language import use


def test_points_and_suggestions():
    figure = lr_finder_curve(
        [1e-3, 1e-2, 1e-1], [2.0, 1.0, None], {"valley": 0.011, "steep": None}, first=1e-7, last=10.0
    )
    points = [{"lr": 1e-3, "loss": 2.0, "said": "0.001"}, {"lr": 1e-2, "loss": 1.0, "said": "0.01"}]
    assert figure.datasets["rates"] == points
    assert figure.datasets["valley"] == points[1:] and figure.datasets["steep"] == []
    assert "2 batches. Suggested: valley 0.011." in figure.alt_text


def test_nothing_yet_is_an_empty_figure_with_the_same_axes():
    empty = lr_finder_curve([], [], {"valley": None, "steep": None}, first=1e-7, last=10.0)
    assert empty.datasets["rates"] == [] and "none yet" in empty.alt_text


@pytest.mark.parametrize(("code", "milli"), [("en", "0.001"), ("de", "0,001")])
def test_rates_are_written_on_the_axis_as_the_texts_write_them(code: str, milli: str) -> None:
    with use(code):
        figure = lr_finder_curve([1.26e-7], [2.0], {}, first=1e-7, last=10.0)
        rates = [10.0**k for k in range(-7, 2)]
        said = [words.short(rate) for rate in rates]
        assert (said[0], said[4], said[-1]) == ("1\xa0·\xa010⁻⁷", milli, "10")
        x, *_, (tip, _) = (figure.spec["layer"][0]["encoding"][name] for name in ("x", "tooltip"))
    assert [round(math.log10(rate)) for rate in x["axis"]["values"]] == list(range(-7, 2)) and "format" not in x["axis"]
    head, _, at = x["axis"]["labelExpr"].rpartition("[")
    assert (json.loads(head), at) == (said, "round(log(datum.value) / LN10) - (-7)]")
    assert tip["field"] == "said" and figure.datasets["rates"][0]["said"] == "1.3\xa0·\xa010⁻⁷".replace(".", milli[1])


def test_the_axis_shows_the_fall_and_not_what_the_line_rises_to_afterwards():
    def axis(losses: list[float], valley: float | None = None) -> list[float]:
        rates = [10.0**k for k in range(-5, len(losses) - 5)]
        found = lr_finder_curve(rates, losses, {"valley": valley, "steep": None}, first=1e-5, last=10.0)
        return found.spec["layer"][0]["encoding"]["y"]["scale"]["domain"]

    assert axis([2.5, 2.4, 2.1, 2.3, 8.4]) == [1.5, 3.0]
    assert axis([2.5, 2.4, 2.1, 2.3, 8.4], valley=0.1) == [0.0, 15.0]  # the axis always includes a suggestion's mark
    assert axis([2.5]) == [2.0, 3.0]
    assert axis([]) == [0.0, 2.5]


def test_a_loss_that_has_not_fallen_yet_is_not_cut_off():
    losses = [2.49, 2.55, 2.52]  # the first one is the lowest
    spec = lr_finder_curve([1e-7, 2e-7, 3e-7], losses, {}, first=1e-7, last=10.0).spec
    layers = spec["layer"] if "layer" in spec else [spec]
    domains = [
        layer["encoding"]["y"]["scale"]["domain"] for layer in layers if "scale" in layer["encoding"].get("y", {})
    ]
    assert domains and all(low <= min(losses) and max(losses) <= high for low, high in domains)
