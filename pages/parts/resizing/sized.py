"""A picture at the size a knob says, and at the largest one beside it, drawn by the browser from one file."""

from pages.shared.components import files
from sota_core.figures.resizing.sizes import SIZES
from sota_core.language import tr

_component = files.component("sota_sized", __file__)


def sized(picture: str, *, stage: str, key: str) -> None:
    """`picture` is a square as a lossless data URI; the stage has slots `size` and `loupe`."""
    said = {
        "enlarged": tr(", enlarged"),
        "guarded": tr(
            "When a page reads a picture's pixels, this browser gives it noise, as a guard against fingerprinting. So "
            "the browser's own filter has resized this picture: the squares are close to those the net gets."
        ),
    }
    _component(key=key, data={"picture": picture, "stage": stage, "sizes": SIZES, **said})
