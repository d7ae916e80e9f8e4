"""What goes ahead of a visit's first page fits the figure of that page."""

from benchmarks.browser.first_visit import FIGURES
from pages.shared.session.site import PAGES, path


def test_every_page_has_a_figure_that_is_waited_for() -> None:
    without = {path(entry.address) for entry in PAGES} ^ set(FIGURES)
    assert not without, f"{without}: give FIGURES in benchmarks/browser/first_visit.py what one comes to the page for"


def test_the_pages_that_send_a_chart_ahead_are_those_whose_figure_is_a_chart() -> None:
    told = {entry.address for entry in PAGES if entry.has_chart}
    drawn = {name for name, figure in FIGURES.items() if "vega" in figure}
    assert told == drawn, f"{told ^ drawn}: has_chart in site.PAGES and FIGURES in benchmarks/ say different things"
