"""Redraws a section that depends on the knobs of a section above it, once these rest elsewhere and it comes near.

The knobs and their figure are one fragment, so that a knob let go costs the server next to nothing; a section further
down is another. Call `follow` at the head of the latter: it runs again once the stage has moved on.
"""

from collections.abc import Mapping, Sequence

from pages.shared.components import files
from pages.shared.components.stage import steps
from sota_core.figures.frames import Knob, Value

_component = files.component("sota_follow", __file__)


def follow(stage: str, knobs: Sequence[Knob], at: Mapping[str, Value], *, key: str) -> None:
    """`at` is what the section is drawn with; the stage of this name says what that is now."""
    # it shows nothing, and with this prefix it takes no gap either (frame.css)
    _component(key=f"unseen.{key}", data={"stage": stage, "at": steps(knobs, at)}, on_behind_change=_nothing)


def _nothing() -> None:
    """Nothing is left to do: the trigger has made the fragment run."""
