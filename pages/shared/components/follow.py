"""Draws a section anew that hangs on the knobs of a section above it, once they rest elsewhere and it is seen.

Knobs and their figure are a fragment, so that a hand that rests costs the server next to nothing; what stands further
down is another. Call `follow` at the head of that fragment: it runs again when the stage has moved on.
"""

from collections.abc import Mapping, Sequence

from pages.shared.components import files
from pages.shared.components.stage import steps
from sota_core.figures.frames import Knob, Value

_component = files.component("sota_follow", __file__, before=files.STAGES)


def follow(stage: str, knobs: Sequence[Knob], at: Mapping[str, Value], *, key: str) -> None:
    """`at` is what the section is drawn with; the stage of this name says what that is now."""
    # by the prefix it takes no gap (frame.css): it shows nothing
    _component(key=f"unseen.{key}", data={"stage": stage, "at": steps(knobs, at)}, on_behind_change=_nothing)


def _nothing() -> None:
    """That the fragment runs is all there is to it."""
