"""A screen reader is told what a hand has left: once it rests, in the words of the figure, whichever knob it was."""

import pytest

from pages.shared.components.stage import Stage
from sota_core.figures.frames import Knob, now

PAGES = {
    "label_smoothing": {},
    "normalization": {"normalization__stats": "typed"},
    "resizing": {},
    "mixup": {},
    "tta": {},
}


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
    assert not visit(page, **PAGES[page]).exception
    assert drawn
    knobs = [(stage, knob) for stage in drawn if stage.views for knob in stage.knobs]  # of one without, no figure hangs
    silent = [f"{stage.name}: {knob.name}" for stage, knob in knobs if not says(stage, knob)]
    assert silent == []


def says(stage: Stage, knob: Knob) -> bool:
    """Does one of its values say something else than where it stands?"""
    here = stage.now().get("said")
    others = (now({**stage.at, knob.name: value}, stage.views + stage.still).get("said") for value in knob.values)
    return bool(here) and any(other != here for other in others)
