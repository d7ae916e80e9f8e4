"""A screen reader is told the result of a move once the control rests, in the figure's words, whichever control it was.

And every slider of these pages accepts a typed value, ten steps by Shift and an arrow key, and a double click.
"""

import pytest

from pages.shared.components.stage import Stage, css_class
from sota_core.figures.frames import Knob, now

PAGES = {
    "label_smoothing": {},
    "normalization": {"normalization__stats": "typed"},
    "resizing": {},
    "mixup": {},
    "tta": {},
    "overview": {},
    "baseline": {},
    "papers": {},
    "train": {},
}
PLAYED = "home.recorded"  # moved by a clock, not by a visitor
SILENT = ("papers", "train")  # their sliders redraw the page and move no figure


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Stage]:
    """Every stage that a page draws."""
    found: list[Stage] = []
    draw = Stage.draw
    monkeypatch.setattr(Stage, "draw", lambda stage: (found.append(stage), draw(stage)))
    return found


@pytest.mark.long
@pytest.mark.parametrize("page", PAGES)
def test_every_knob_of_a_page_changes_what_is_said(page: str, visit, drawn: list[Stage]) -> None:
    app = visit(page, **PAGES[page])
    assert not app.exception
    assert drawn
    taken = {css_class(knob.control) for stage in drawn for knob in stage.knobs if knob.default is not None}
    assert [key for slider in (*app.slider, *app.select_slider) if (key := css_class(slider.key)) not in taken] == []
    if page in SILENT:
        return
    moving = [stage for stage in drawn if stage.views and stage.name != PLAYED]  # a stage without views moves no figure
    knobs = [(stage, knob) for stage in moving for knob in stage.knobs]
    silent = [f"{stage.name}: {knob.name}" for stage, knob in knobs if not says(stage, knob)]
    assert silent == []


def says(stage: Stage, knob: Knob) -> bool:
    """Whether another value of the knob changes what is announced."""
    here = stage.now().get("said")
    others = (now({**stage.at, knob.name: value}, stage.views + stage.still).get("said") for value in knob.values)
    return bool(here) and any(other != here for other in others)
