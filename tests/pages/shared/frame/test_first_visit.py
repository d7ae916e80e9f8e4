"""What goes ahead of a visit's first page fits the figure of that page."""

from benchmarks.browser.first_visit import FIGURES
from pages.shared.session.site import PAGES


def test_the_pages_that_send_a_chart_ahead_are_those_whose_figure_is_a_chart() -> None:
    assert {e.address for e in PAGES if e.has_chart} == {name for name, figure in FIGURES.items() if "vega" in figure}
