"""A player: it moves a stage's knob, whose values are seconds, by the clock; in the browser, without asking the server.

It begins when it comes into sight. Where motion is to be reduced, it shows the end, with a button to play it.
"""

from pages.shared.components import files
from sota_core.language import tr

_component = files.component("sota_play", __file__)


def play(*, stage: str, knob: str, speed: float) -> None:
    """Draw the button; the stage of this name has a knob of that name, with `is_ours`.

    speed  how many of the knob's seconds pass in one second
    """
    words = {"play": tr("▶ Play"), "pause": tr("❚❚ Pause"), "again": tr("↻ Play again")}
    _component(key=f"{stage}.play", data={"stage": stage, "knob": knob, "speed": speed, "words": words})
