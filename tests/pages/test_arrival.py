"""What goes ahead of a visit's first page fits the figure of that page."""

from benchmarks.first_visit import FIGURES
from pages._shared.arrival import CHARTS_FIRST


def test_the_pages_that_send_a_chart_ahead_are_those_whose_figure_is_a_chart() -> None:
    assert set(CHARTS_FIRST) == {address for address, figure in FIGURES.items() if "vega" in figure}
