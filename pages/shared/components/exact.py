"""For sliders that move nothing while they are dragged: they too take a typed value, go ten steps, and go home.

The stage of a slider opens a field for an exact value (at the value's first key, or a press on the number), goes ten
steps for shift with an arrow, and to the default for a double click. `exact` gives the same to sliders without a stage.
Call it in the fragment of the slider, after it.
"""

from collections.abc import Mapping, Sequence

from pages.shared.components.stage import Stage
from sota_core.figures.frames import Knob, Value


def exact(name: str, knobs: Sequence[Knob], at: Mapping[str, Value]) -> None:
    """`at` is where the knobs stand, by their names; no other page uses the same `name`."""
    # it shows nothing, and with this prefix it takes no gap either (frame.css)
    Stage(f"unseen.{name}", at, knobs, ()).draw()
