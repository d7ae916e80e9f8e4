"""What is sent ahead on a visit's first page fits that page's figure; afterwards the server gets ready to train."""

from dataclasses import replace

import pytest

from benchmarks.browser.first_visit import FIGURES
from pages.shared.frame import first_visit
from pages.shared.session import cached
from pages.shared.session.site import PAGES, path
from sota_core.runs.dispatch.starter import Starter
from sota_core.settings import Settings


def test_every_page_has_a_figure_that_is_waited_for() -> None:
    without = {path(entry.address) for entry in PAGES} ^ set(FIGURES)
    assert not without, f"{without}: FIGURES in benchmarks/browser/first_visit.py needs this page's main figure"


def test_the_pages_that_send_a_chart_ahead_are_those_whose_figure_is_a_chart() -> None:
    told = {entry.address for entry in PAGES if entry.has_chart}
    drawn = {name for name, figure in FIGURES.items() if "vega" in figure}
    assert told == drawn, f"{told ^ drawn}: has_chart in site.PAGES and FIGURES in benchmarks/ disagree"


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("starts_early", [True, False])
def test_a_first_look_at_where_runs_are_started_starts_the_dispatcher(
    is_first: bool, starts_early: bool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(Starter, "ensure_running", lambda self: asked.append(self))
    monkeypatch.setattr(cached, "settings", lambda: replace(settings, starts_early=starts_early))
    monkeypatch.setattr(first_visit.st, "session_state", {first_visit._FIRST: is_first})
    first_visit.get_ready()
    assert len(asked) == (is_first and starts_early)
