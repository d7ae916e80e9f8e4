"""Boxes drawn on a picture: which part of it a view takes. A picture in, a picture out.

On a photograph the theme's colours would drown, so each line has a light and a dark edge, and its own dash.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from sota_core.figures.palette import ROLES
from sota_core.functional.boxes import Box

_MOST = 2048  # px: the mirrored surroundings of a picture of 12,000 × 100 px would take ten gigabytes


@dataclass(frozen=True, slots=True)
class Outline:
    """`dash`: lengths of line and gap in pixels of the result; () is solid. `role` gives the colour."""

    box: Box
    role: str
    dash: tuple[int, ...] = ()


def outlined(picture: np.ndarray, outlines: Sequence[Outline], width: int = 640) -> np.ndarray:
    """The picture with its boxes; where a box reaches outside, it is shown mirrored and pale, as padding fills it.

    Shapes
        picture  (H, W, 3)  uint8
        returns  (h, width, 3)  uint8
    """
    height, wide = picture.shape[:2]
    frame = frame_of(height, wide, [o.box for o in outlines])
    x1, y1 = frame.x1, frame.y1
    image = Image.fromarray(backdrop(picture, frame, width))
    scale = image.width / frame.width
    pen = ImageDraw.Draw(image)
    for outline in outlines:
        box = outline.box
        corners = [round(scale * v) for v in (box.x1 - x1, box.y1 - y1, box.x2 - x1, box.y2 - y1)]
        # inside the image by the width of the line: on the edge half of it would be cut off
        left, top = (max(2, v) for v in corners[:2])
        right, foot = min(image.width - 3, corners[2] - 1), min(image.height - 3, corners[3] - 1)
        for colour, thick in (("#FFFFFF", 5), (ROLES[outline.role].light, 3)):
            for a, b in (
                ((left, top), (right, top)),
                ((right, top), (right, foot)),
                ((right, foot), (left, foot)),
                ((left, foot), (left, top)),
            ):
                _line(pen, a, b, colour, thick, outline.dash)
    return np.asarray(image)


def frame_of(height: int, width: int, boxes: Sequence[Box]) -> Box:
    """The smallest frame that holds the whole picture and all boxes, in whole pixels."""
    x1, y1 = (int(min(0, *(getattr(box, side) for box in boxes))) for side in ("x1", "y1"))
    return Box(x1, y1, int(max(width, *(box.x2 for box in boxes))), int(max(height, *(box.y2 for box in boxes))))


def backdrop(picture: np.ndarray, frame: Box, width: int = 640) -> np.ndarray:
    """The frame's content at this width: the picture, and around it its mirror image, pale.

    A frame that would be higher than _MOST is that high, and less wide.

    Shapes
        picture  (H, W, 3)  uint8
        returns  (h, width, 3)  uint8
    """
    high = frame.height / frame.width
    size = (max(1, min(width, round(_MOST / high))), max(1, min(_MOST, round(width * high))))
    whole = _surrounded(*_bounded(picture, frame))
    return np.asarray(Image.fromarray(whole).resize(size, Image.Resampling.LANCZOS))


def _bounded(picture: np.ndarray, frame: Box) -> tuple[np.ndarray, int, int, int, int]:
    """The picture and its frame, made smaller where the frame is longer than _MOST."""
    x1, y1, x2, y2 = (int(side) for side in frame)
    height, width = picture.shape[:2]
    if (k := _MOST / max(x2 - x1, y2 - y1)) >= 1:
        return picture, x1, y1, x2, y2
    size = (max(1, round(width * k)), max(1, round(height * k)))
    rest = (round(side * k) for side in (x1, y1, x2 - width, y2 - height))
    small = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))
    x1, y1, x2, y2 = rest
    return small, x1, y1, x2 + size[0], y2 + size[1]


def _surrounded(picture: np.ndarray, x1: int, y1: int, x2: int, y2: int) -> np.ndarray:
    """The picture from (x1, y1) to (x2, y2), what lies outside mirrored and half as strong."""
    height, width = picture.shape[:2]
    if (x1, y1, x2, y2) == (0, 0, width, height):
        return picture
    rest = ((-y1, y2 - height), (-x1, x2 - width), (0, 0))
    whole = np.pad(picture, rest, mode="reflect").astype(np.float32)
    pale = 0.45 * whole + 0.55 * 235
    inside = (slice(-y1, -y1 + height), slice(-x1, -x1 + width))
    pale[inside] = whole[inside]
    return np.rint(pale).astype(np.uint8)


def _line(
    pen: ImageDraw.ImageDraw, a: tuple[int, int], b: tuple[int, int], colour: str, thick: int, dash: tuple[int, ...]
) -> None:
    if not dash:
        pen.line([a, b], fill=colour, width=thick)
        return
    length = max(abs(b[0] - a[0]), abs(b[1] - a[1]), 1)
    on, off = dash
    for start in range(0, length, on + off):
        ends = [start / length, min(start + on, length) / length]
        points = [(round(a[0] + (b[0] - a[0]) * t), round(a[1] + (b[1] - a[1]) * t)) for t in ends]
        pen.line(points, fill=colour, width=thick)
