"""A screen reader is told what a hand has left: once it rests, in the words of the figure, whichever knob it was.

And every slider of these pages takes a typed value, ten steps by shift and an arrow, and a double click.
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
PLAYED = "home.recorded"  # moved by a clock and not by a hand
SILENT = ("papers", "train")  # their sliders move nothing while they are dragged: the page is drawn anew


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
    moving = [stage for stage in drawn if stage.views and stage.name != PLAYED]  # of one without views no figure hangs
    knobs = [(stage, knob) for stage in moving for knob in stage.knobs]
    silent = [f"{stage.name}: {knob.name}" for stage, knob in knobs if not says(stage, knob)]
    assert silent == []


def says(stage: Stage, knob: Knob) -> bool:
    """Does one of its values say something else than where it stands?"""
    here = stage.now().get("said")
    others = (now({**stage.at, knob.name: value}, stage.views + stage.still).get("said") for value in knob.values)
    return bool(here) and any(other != here for other in others)
