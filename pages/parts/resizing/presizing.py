"""Presizing: the square Resize takes and the crops of it, which glide while min_scale is dragged."""

import numpy as np
import streamlit as st

from pages.parts.resizing.plan import PRESIZE
from pages.shared.components import sliders
from pages.shared.components.data_uri import encoded_once
from pages.shared.components.follow import follow
from pages.shared.components.place import place
from pages.shared.components.stage import Stage
from pages.shared.frame.technique import pictured
from pages.shared.session import trouble
from pages.shared.session.controls import draw_again, number
from sota_core import words
from sota_core.figures.boxes import backdrop
from sota_core.figures.frames import Knob
from sota_core.figures.pictures import data_uri
from sota_core.figures.resizing import presizing_views
from sota_core.figures.resizing.presizing import surroundings
from sota_core.figures.resizing.presizing_views import MIN_SCALES, NS
from sota_core.functional.boxes import Box
from sota_core.functional.resize import RESIZE_METHODS
from sota_core.language import tr

STAGE = "resizing.presizing"
HELD = ("resizing.method", "resizing.min_scale", "resizing.crops", "resizing.seed")
KNOBS = (
    Knob("min_scale", "resizing.min_scale", MIN_SCALES, 0.75),
    Knob("n_crops", "resizing.crops", NS, 3),
)
# chosen and not dragged, but a section below depends on it too
_METHOD = Knob("method", "resizing.method", RESIZE_METHODS, is_choice=True)


def standing() -> tuple[str, float]:
    """The method, and min_scale."""
    at = sliders.standing((_METHOD, KNOBS[0]))
    return at["method"], at["min_scale"]


def following(key: str) -> tuple[str, float]:
    """Method and min_scale. Call it at the head of a fragment that depends on them: it is redrawn after a move."""
    method, min_scale = standing()
    follow(STAGE, (_METHOD, KNOBS[0]), {"method": method, "min_scale": min_scale}, key=f"resizing.{key}")
    return method, min_scale


def section(picture: np.ndarray) -> None:
    height, width = picture.shape[:2]
    left, right = pictured((1, 1.9), key="boxes")
    with left:
        _controls(height, width)
    with right:
        whole, padded = (surroundings(height, width, PRESIZE, method) for method in ("crop", "pad"))
        own = {"src_inside": _backdrop(picture, whole), "src_padded": _backdrop(picture, padded)}
        wide = min(700, round(420 * width / height))
        # the padded view gets the width at which it is as high as the picture alone is wide
        own |= {"most": f"{wide}px", "most_padded": f"{round(wide * padded.width / padded.height)}px"}
        place(presizing_views.boxes(), stage=STAGE, key="resizing.boxes", own=own)


@encoded_once
def _backdrop(picture: np.ndarray, frame: Box) -> str:
    return data_uri(backdrop(picture, frame, 700), is_exact=False)


@trouble.fragment
def _controls(height: int, width: int) -> None:
    """The knobs: all that the server runs when one comes to rest. What they move is drawn once, outside of it."""
    st.segmented_control(
        tr("Resize({presize}) by", presize=PRESIZE),
        RESIZE_METHODS,
        default=RESIZE_METHODS[0],
        required=True,
        key=_METHOD.control,
        bind="query-params",
    )
    sliders.draw(KNOBS[0], "min_scale")
    n_crops = sliders.draw(KNOBS[1], tr("Crops drawn"))
    at, again = st.columns((1, 1.2), vertical_alignment="bottom", gap="small")
    with at:
        seed = number(tr("Seed"), 0, 999, 0, name="resizing.seed")
    with again:
        draw_again("resizing.seed", seed, key="resizing.again", n=1000)
    method, min_scale = standing()
    drawn = {"height": height, "width": width, "size": PRESIZE, "method": method, "seed": seed}
    now = drawn | {"min_scale": min_scale, "n_crops": n_crops}
    Stage(STAGE, now, KNOBS, presizing_views.VIEWS, still=[presizing_views.told], told=[_METHOD]).draw()
    st.caption(_said(method, presizing_views.squares(**drawn)["share_seen"]))


def _said(method: str, seen: str) -> str:
    says = {
        "crop": tr("Resize cuts out the largest square: at a random place in training, from the middle in validation."),
        "squish": tr("Resize squeezes the whole picture into a square: only the proportions are lost."),
        "pad": tr(
            "Resize keeps the whole picture, at a random place of a larger square in training, in its middle in "
            "validation, and fills the rest by mirroring; the filled part is shown pale."
        ),
    }[method]
    return tr(
        "{resize_takes} One random crop of that square is then resized to the net's size, the same crop for a whole "
        "batch. Validation sees {seen} of the picture. Rotation, warp and zoom are not drawn.",
        resize_takes=says,
        seen=words.markdown_safe(seen),
    )
