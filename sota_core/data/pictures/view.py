"""The plain view: how a picture becomes the square a net is validated on. Pillow and NumPy only.

The page that explains a view and the loader that trains share these lines, so they cannot disagree.
Not here: how a file becomes pixels (decoding.py), augmentation (augment.py).
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sota_core.data.pictures.decoding import FORMATS, decoded, presized_hw
from sota_core.errors import InputError
from sota_core.functional.boxes import Box, corner_boxes, valid_box
from sota_core.functional.resize import RESIZE_METHODS

CORNER_SHARE = math.sqrt(0.75)  # of the shorter side: the smallest crop that training takes
N_CORNER_VIEWS = 5
MOST_PADDED = 2048
"""The longest side, px, of a picture that is padded to a square; a longer one is reduced first. A picture of
12,000 × 100 px fits in a small file, but its square, 12,000 × 12,000 px, took a gigabyte."""


@dataclass(frozen=True, slots=True, eq=False)
class Presized:
    """A picture that views are cut from: upright RGB, brought once to a shorter side of at most `presize`.

    Whatever asks a net takes these, so no picture can be resized to that side twice on its way to a prediction.
    """

    image: Image.Image
    presize: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.image.size

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """(h, w, 3), uint8 unless another type is asked for."""
        return np.array(self.image, dtype) if copy else np.asarray(self.image, dtype)


def load_presized(path: Path, presize: int) -> Presized:
    """Decode a picture file: upright, RGB, its shorter side at most `presize`. Blocking.

    Raises
        anything  for bytes that are no picture: see decoding.undecodable.
    """
    with Image.open(path, formats=FORMATS) as image:
        return Presized(decoded(image, presize), presize)


def presized(image: Image.Image, presize: int) -> Presized:
    """Presize a picture that is decoded already, aspect kept, antialiased."""
    height, width = presized_hw(image.height, image.width, presize)
    if (width, height) != image.size:
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return Presized(image, presize)


def corner_view_boxes(height: int, width: int) -> tuple[Box, ...]:
    """Centre, top left, top right, bottom left, bottom right: squares of CORNER_SHARE of the shorter side."""
    return corner_boxes(height, width, max(1, round(CORNER_SHARE * min(height, width))))


def padded(pixels: np.ndarray, share: float = 0.5) -> np.ndarray:
    """The smallest square that holds the whole picture, the rest mirrored; `share` of the rest goes before it.

    A picture that is longer than MOST_PADDED is brought to that length first.

    Shapes
        pixels   (h, w, 3)
        returns  (s, s, 3)  s = max(h, w), of unequal ones at most MOST_PADDED
    """
    height, width = pixels.shape[:2]
    if height != width and (k := MOST_PADDED / max(height, width)) < 1:
        height, width = (max(1, round(n * k)) for n in (height, width))
        pixels = np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))
    side = max(height, width)
    top, left = int(share * (side - height)), int(share * (side - width))
    rest = ((top, side - height - top), (left, side - width - left), (0, 0))
    return np.pad(pixels, rest, mode="reflect") if height != width else pixels


def squared(image: Image.Image, size: int, resize: str) -> Image.Image:
    """A square view of side `size`: the centre (crop), the whole picture squeezed (squish), or mirrored around (pad).

    Raises
        InputError  no such resize method.
    """
    if resize not in RESIZE_METHODS:
        raise InputError(f"squared: resize must be one of {', '.join(RESIZE_METHODS)}, got {resize!r}")
    if resize == "pad":
        image = Image.fromarray(padded(np.asarray(image)))
    elif resize == "crop":
        image = image.crop(valid_box(image.height, image.width))
    return image.resize((size, size), Image.Resampling.BILINEAR)


def valid_view(picture: Presized, size: int, resize: str = "crop") -> np.ndarray:
    """What the net is shown of a validation picture, before normalization.

    Shapes
        returns  (3, size, size)  uint8

    Source
        The chapter: Resize(presize), then the centre of aug_transforms(size=size). Our filter is Pillow's
        BILINEAR, antialiased, which `F.interpolate(mode="bilinear", antialias=True)` equals to one grey level.
    """
    return np.ascontiguousarray(np.asarray(squared(picture.image, size, resize)).transpose(2, 0, 1))


def fastai_view(picture: Presized, size: int, resize: str = "crop") -> np.ndarray:
    """The same view as fastai's own loader makes it: a square of `presize`, sampled from corner to corner.

    The loader cuts before it reduces, so where a file is reduced, its square may lie half a pixel from this one.

    Shapes
        returns  (3, size, size)  uint8

    Source
        fastai.vision.augment: Resize(presize), then the views of aug_transforms(size=size), which `_grid_sample`
        samples linearly, after means over equal parts where it would skip more than every other row.
    """
    x = np.asarray(squared(picture.image, picture.presize, resize), np.float32)
    for _ in range(2):  # along the height, then along the width
        x = _sampled(x, size).transpose(1, 0, 2)
    return np.ascontiguousarray((x + 0.5).astype(np.uint8).transpose(2, 0, 1))


def _sampled(x: np.ndarray, size: int) -> np.ndarray:
    """(n, m, 3) at `size` rows from the first to the last, linearly between them."""
    skipped = len(x) / size / 2
    if skipped > 1:
        n = math.floor(len(x) * (1 / skipped))
        x = np.stack([x[i * len(x) // n : -(-(i + 1) * len(x) // n)].mean(0) for i in range(n)])
    at = np.linspace(0, len(x) - 1, size)
    low = np.minimum(at.astype(int), max(len(x) - 2, 0))
    high = np.minimum(low + 1, len(x) - 1)
    share = (at - low)[:, None, None].astype(np.float32)
    return x[low] * (1 - share) + x[high] * share
