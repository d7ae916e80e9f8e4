"""A slider of our own that moves a stage's knob: the browser's own range input, which costs nothing to move.

Streamlit's slider redraws itself at every step: 20 to 40 ms of the browser's one thread, which is more than a frame.
"""

from collections.abc import Sequence

from pages.shared.components import files
from sota_core.language import tr

_component = files.component("sota_range_input", __file__)


def range_input(label: str, words: Sequence[str], *, stage: str, knob: str) -> None:
    """Draw the slider; the stage of this name has a knob of that name, with `is_ours`.

    words  what each of its values is called
    """
    data = {"label": label, "words": list(words), "stage": stage, "knob": knob, "type": tr("Type an exact value")}
    _component(key=f"{stage}.{knob}", data=data)
