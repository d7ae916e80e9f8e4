"""One picture as nets of several sizes see it. The screen enlarges each to one size, a pixel a square."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from sota_core.data.pictures.view import squared
from sota_core.functional.resize import relative_cost

SIZES = (64, 96, 128, 160, 192, 224)
LOUPES = (1, 2, 4)


@dataclass(frozen=True, slots=True, eq=False)
class SizedView:
    """What a net of this size is given, and what it costs.

    pixels        of the square the net sees
    share         of the largest size's pixels
    is_invented   larger than the picture itself: the filter made the rest up
    tile          (S, S, 3) uint8, the square itself; under a loupe its middle
    """

    size: int
    pixels: int
    share: float
    is_invented: bool
    tile: np.ndarray


def sized_views(picture: np.ndarray, sizes: tuple[int, ...] = SIZES, loupe: int = 1) -> list[SizedView]:
    """The centre of one picture at each size; `loupe` 2 shows the middle half of it, 4 the middle quarter.

    Shapes
        picture  (H, W, 3)  uint8
    """
    image, short = Image.fromarray(picture), min(picture.shape[:2])
    found = []
    for size in sizes:
        view = np.asarray(squared(image, size, "crop"))
        share = relative_cost([(size, 1)], [(max(SIZES), 1)])
        found.append(SizedView(size, size**2, share, size > short, _middle(view, loupe)))
    return found


def _middle(view: np.ndarray, loupe: int) -> np.ndarray:
    edge = view.shape[0] // loupe
    start = (view.shape[0] - edge) // 2
    return np.ascontiguousarray(view[start : start + edge, start : start + edge])
