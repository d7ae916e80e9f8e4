"""Presizing on the original picture: the square Resize takes, the crops of it that training sees, validation's crop."""

from dataclasses import dataclass

import numpy as np

from sota_core.figures.boxes import Outline, frame_of, outlined
from sota_core.functional.boxes import Box, box_within, valid_box
from sota_core.functional.resize import random_crop_box, resize_box
from sota_core.language import tr


@dataclass(frozen=True, slots=True)
class Presized:
    """Boxes on one picture, in its own pixels.

    first  what Resize makes a square of; crops  what training takes of that square; valid  what validation sees
    """

    height: int
    width: int
    first: Box
    crops: tuple[Box, ...]
    valid: Box


def presize(height: int, width: int, *, size: int, method: str, min_scale: float, n_crops: int, seed: int) -> Presized:
    """Draw a training item's boxes: Resize's square at a random place, also if it pads, then n_crops crops of it.

    In training one such crop serves a whole batch; validation takes the middle square, all of it.
    """
    rng = np.random.default_rng(seed)
    place = (float(rng.uniform()), float(rng.uniform()))
    first = resize_box(height, width, size, method, place)
    crops = tuple(box_within(random_crop_box(size, size, min_scale, rng), first, size) for _ in range(n_crops))
    middle = resize_box(height, width, size, method)
    return Presized(height, width, first, crops, box_within(valid_box(size, size), middle, size))


def surroundings(height: int, width: int, size: int, method: str) -> Box:
    """The smallest frame that holds the picture and Resize's square at every place; padding reaches outside."""
    return frame_of(height, width, [resize_box(height, width, size, method, (end, end)) for end in (0.0, 1.0)])


def share_seen(p: Presized) -> float:
    """The share of the picture's area that validation sees; padding does not count."""
    box = p.valid
    width = min(box.x2, p.width) - max(box.x1, 0)
    height = min(box.y2, p.height) - max(box.y1, 0)
    return width * height / (p.width * p.height)


def presizing(picture: np.ndarray, p: Presized, width: int = 720) -> np.ndarray:
    """The picture with its boxes: Resize's square dashed, crops solid, validation dotted.

    Shapes
        picture  (H, W, 3)  uint8
        returns  (h, width, 3)  uint8
    """
    outlines = [
        *(Outline(crop, "train") for crop in p.crops),
        Outline(p.first, "published", (14, 9)),
        Outline(p.valid, "valid", (4, 7)),
    ]
    return outlined(picture, outlines, width)


def in_words(p: Presized) -> str:
    """The figure in words, for whoever cannot see it."""
    places = {"height": p.height, "width": p.width, "first": _said(p.first), "valid": _said(p.valid)}
    if not p.crops:
        return tr(
            "A picture of {width} × {height} pixels. Resize takes {first}; validation takes {valid}.",
            **places,
        )
    return tr(
        "A picture of {width} × {height} pixels. Resize takes {first}; training {n} random crops of that, the first "
        "{crop}; validation takes {valid}.",
        n=len(p.crops),
        crop=_said(p.crops[0]),
        **places,
    )


def _said(box: Box) -> str:
    return tr(
        "{width} × {height} pixels from ({left}, {top})",
        width=f"{box.width:.0f}",
        height=f"{box.height:.0f}",
        left=f"{box.x1:.0f}",
        top=f"{box.y1:.0f}",
    )
