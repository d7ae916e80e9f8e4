"""Sliders that move nothing while they are dragged: they too take a typed value, ten steps and the way home.

What a slider with a stage has by the stage (an exact value by its first key or a press on its number, shift with an
arrow, a double click), `exact` gives to those without. Call it in the fragment of the slider, after it.
"""

from collections.abc import Mapping, Sequence

from pages.shared.components.stage import Stage
from sota_core.figures.frames import Knob, Value


def exact(name: str, knobs: Sequence[Knob], at: Mapping[str, Value]) -> None:
    """`at` is where the knobs stand, by their names; `name` is this page's alone."""
    # by the prefix it takes no gap (frame.css): it shows nothing
    Stage(f"unseen.{name}", at, knobs, ()).draw()
