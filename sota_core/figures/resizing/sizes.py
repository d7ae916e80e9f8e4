"""One picture as nets of several sizes see it, at one size on the screen: a net's pixel is a square of ours."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from sota_core.data.pictures.view import squared
from sota_core.functional.resize import relative_cost

SIDE = 448  # pixels of a tile: twice 224, seven times 64
SIZES = (64, 96, 128, 160, 192, 224)
LOUPES = (1, 2, 4)


@dataclass(frozen=True, slots=True, eq=False)
class SizedView:
    """What a net of this size is given, and what it costs.

    pixels        of the square the net sees
    share         of the largest size's pixels
    is_invented   larger than the picture itself: the filter made the rest up
    tile          (SIDE, SIDE, 3) uint8, enlarged without smoothing
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
        found.append(SizedView(size, size**2, share, size > short, _enlarged(view, loupe)))
    return found


def _enlarged(view: np.ndarray, loupe: int) -> np.ndarray:
    """The middle of a square, each pixel a block: nearest, nothing smoothed, nothing invented."""
    edge = view.shape[0] / loupe
    start = (view.shape[0] - edge) / 2
    at = np.minimum((start + (np.arange(SIDE) + 0.5) * edge / SIDE).astype(int), view.shape[0] - 1)
    return np.ascontiguousarray(view[at][:, at])
