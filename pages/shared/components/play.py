"""A clock as the hand of a stage's knob whose values are seconds: it plays in the browser, and asks nothing.

It begins when it comes into sight. Where motion is to be reduced the end stands there, with a button to play it.
"""

from pages.shared.components import files
from sota_core.language import tr

_component = files.component("sota_play", __file__, before=files.STAGES)


def play(*, stage: str, knob: str, speed: float) -> None:
    """Draw the button; the stage of this name has a knob of that name, one of ours.

    speed  seconds of the knob that pass in one
    """
    words = {"play": tr("▶ Play"), "pause": tr("❚❚ Pause"), "again": tr("↻ Play again")}
    _component(key=f"{stage}.play", data={"stage": stage, "knob": knob, "speed": speed, "words": words})
