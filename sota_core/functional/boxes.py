"""Boxes on a picture: the type that CutMix, cropping and presizing share, and the boxes at centre and corners.

Not here: drawing a box at random (cutmix, resize), cutting out its pixels (tta.corner_crops).
"""

from typing import NamedTuple

from sota_core.errors import RangeError
from sota_core.functional._arrays import require_count, require_number


class Box(NamedTuple):
    """x1 ≤ x < x2, y1 ≤ y < y2, in pixels from the top left, in Pillow's and fastai's order.

    A part outside the picture (negative, or beyond its size) means padding.
    """

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        return self.width * self.height


def centre_box(height: int, width: int, size: int) -> Box:
    """The square of side `size` in the middle of the picture; it reaches outside where it is larger.

    Shapes
        returns  Box  whole pixels, top left = (side - size) // 2

    Raises
        RangeError  a side is not a positive whole number.

    Source
        fastai's RandomCrop on validation and CropPad, rounding included.

    >>> centre_box(100, 150, 60)
    Box(x1=45, y1=20, x2=105, y2=80)
    """
    height, width, size = require_sides("centre_box", height=height, width=width, size=size)
    y, x = (height - size) // 2, (width - size) // 2
    return Box(x, y, x + size, y + size)


def valid_box(height: int, width: int, valid_scale: float = 1.0) -> Box:
    """The square that validation sees of a presized picture: the largest centred one, times valid_scale.

    Shapes
        returns  Box  whole pixels inside the picture

    Raises
        RangeError  a side is below 1, or valid_scale outside (0, 1].

    Source
        fastai's RandomResizedCropGPU with ratio (1, 1), as aug_transforms(min_scale=…) adds it.

    >>> valid_box(100, 150)
    Box(x1=25, y1=0, x2=125, y2=100)
    """
    height, width = require_sides("valid_box", height=height, width=width)
    valid_scale = require_number("valid_box", "valid_scale", valid_scale, 0, 1, is_above=True)
    return centre_box(height, width, max(1, int(min(height, width) * valid_scale)))


def corner_boxes(height: int, width: int, size: int) -> tuple[Box, ...]:
    """Five squares of side `size`: centre, top left, top right, bottom left, bottom right.

    Shapes
        returns  5 boxes  inside the picture, overlapping where size is more than half a side

    Raises
        RangeError  size is larger than the picture.

    Source
        fastbook ch. 7, "Test Time Augmentation", names centre and corners as the areas to look at.

    >>> corner_boxes(100, 150, 60)[4]
    Box(x1=90, y1=40, x2=150, y2=100)
    """
    height, width, size = require_sides("corner_boxes", height=height, width=width, size=size)
    if size > min(height, width):
        raise RangeError(
            f"corner_boxes: size must be at most the shorter side, {min(height, width)}, got {size}; "
            "enlarge the picture first"
        )
    corners = [(x, y) for y in (0, height - size) for x in (0, width - size)]
    return (
        centre_box(height, width, size),
        *(Box(x, y, x + size, y + size) for x, y in corners),
    )


def box_within(inner: Box, outer: Box, size: int) -> Box:
    """Map a box from the square that `outer` was resized to back onto the original picture.

    Shapes
        inner    Box  on the square of side `size`
        outer    Box  on the original, as resize_box gives it
        returns  Box  on the original, in fractions of pixels

    Raises
        RangeError  size is below 1.

    Source
        geometry; presizing crops twice, and this draws both crops on one picture.

    >>> box_within(Box(0, 0, 32, 64), Box(25, 0, 125, 100), 64)
    Box(x1=25.0, y1=0.0, x2=75.0, y2=100.0)
    """
    size = require_count("box_within", "size", size, 1)
    fx, fy = outer.width / size, outer.height / size
    return Box(outer.x1 + inner.x1 * fx, outer.y1 + inner.y1 * fy, outer.x1 + inner.x2 * fx, outer.y1 + inner.y2 * fy)


def require_sides(function: str, **sides: int) -> tuple[int, ...]:
    """The sides of a picture as ints, each at least one pixel.

    Shapes
        returns  as many ints as sides were given

    Source
        our own.
    """
    return tuple(require_count(function, name, value, 1) for name, value in sides.items())
