"""One picture at every size by one slider, with its pixels and seconds: all of it moves while the slider is dragged."""

import numpy as np
import streamlit as st

from pages.parts.resizing.sized import sized
from pages.shared.components import sliders
from pages.shared.components.data_uri import encoded
from pages.shared.components.place import place
from pages.shared.components.stage import Stage
from pages.shared.session import trouble
from sota_core.figures.frames import Knob
from sota_core.figures.resizing import sizes
from sota_core.figures.resizing.sizes import LOUPES, SIZES
from sota_core.language import tr

STAGE = "resizing.size"
FIGURE = "resizing.sized"  # the key of the picture
SIZE = 128  # the chapter's first phase
KNOB = Knob("size", "resizing.size", SIZES, SIZE)


def section(picture: np.ndarray, name: str) -> None:
    """The picture is sent once, as it is; the browser makes every size of it."""
    height, width = picture.shape[:2]
    sized(encoded(sizes.square(picture)), stage=STAGE, key=FIGURE)
    _knobs(min(height, width), name)
    place(sizes.numbers(), stage=STAGE, key="resizing.numbers")
    st.caption(
        tr(
            "One picture, {width} × {height} pixels here: every square is a pixel the net gets. *Enlarged* is more "
            "than the file holds. Resized by Pillow's bilinear filter, as in fastai's `Resize`.",
            width=width,
            height=height,
        )
    )


@trouble.fragment
def _knobs(side: int, name: str) -> None:
    """All that the server runs when one of them comes to rest."""
    size, loupe = st.columns((2, 1), gap="medium")
    with size:
        at = sliders.draw(KNOB, tr("Size, px"))
    with loupe:
        close = st.segmented_control(
            tr("Look closer"),
            LOUPES,
            default=1,
            required=True,
            wrap=True,
            format_func=lambda n: f"{n} ×",
            key="resizing.loupe",
            help=tr(
                "A piece of both pictures, enlarged without smoothing: each square is one pixel the net gets. Drag it, "
                "press on a place, or use the arrow keys on the left picture, to see another piece."
            ),
            bind="query-params",
        )
    # an empty ?resizing.loupe= chooses none, though the control is required
    now = {"size": at, "side": side, "loupe": close or LOUPES[0], "name": name}
    Stage(STAGE, now, (KNOB,), sizes.VIEWS, still=[sizes.told]).draw()
