"""The plain view: how a picture becomes the square a net is validated on. Pillow and NumPy only.

The page that explains a view and the loader that trains share these lines, so they cannot disagree.
Decoding what a visitor uploads is images.py's business; augmentation is augment.py's.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from sota_core.errors import InputError

RESIZES = ("crop", "squish", "pad")
# JPEG decodes at 1/2, 1/4, 1/8 for less; twice the wanted side is left for the filter, and no difference is seen.
_DRAFT_GAP = 2


def load_presized(path: Path, presize: int) -> Image.Image:
    """Decode a picture as RGB with its shorter side at most `presize`. Blocking; the EXIF orientation is not applied,
    as fastai does not.

    Raises
        OSError, SyntaxError, ValueError, …  whatever Pillow's plug-ins raise for bytes that are no picture.
    """
    with Image.open(path) as image:
        gap = _DRAFT_GAP * presize
        image.draft("RGB", (gap, gap))
        return presized(to_rgb(image), presize)


def to_rgb(image: Image.Image) -> Image.Image:
    """RGB; transparency is dropped as fastai drops it, without Pillow's warning about palettes."""
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
    return image.convert("RGB")


def presized_hw(height: int, width: int, presize: int) -> tuple[int, int]:
    """Height and width once the shorter side is `presize`; never larger than before.

    >>> presized_hw(600, 400, 200), presized_hw(90, 120, 200)
    ((300, 200), (90, 120))
    """
    short = min(height, width)
    if short <= presize:
        return height, width
    return round(height * presize / short), round(width * presize / short)


def presized(image: Image.Image, presize: int) -> Image.Image:
    """The picture with its shorter side at most `presize`, aspect kept, antialiased."""
    height, width = presized_hw(image.height, image.width, presize)
    if (width, height) == image.size:
        return image
    return image.resize((width, height), Image.Resampling.BILINEAR)


def centre_box(height: int, width: int) -> tuple[int, int, int]:
    """Top, left and side of the centred square.

    >>> centre_box(100, 140)
    (0, 20, 100)
    """
    side = min(height, width)
    return (height - side) // 2, (width - side) // 2, side


def padded(pixels: np.ndarray, share: float = 0.5) -> np.ndarray:
    """The smallest square that holds the whole picture, the rest mirrored; `share` of the rest goes before it.

    Shapes
        pixels   (h, w, 3)
        returns  (s, s, 3)  s = max(h, w)
    """
    height, width = pixels.shape[:2]
    side = max(height, width)
    top, left = int(share * (side - height)), int(share * (side - width))
    rest = ((top, side - height - top), (left, side - width - left), (0, 0))
    return np.pad(pixels, rest, mode="reflect") if height != width else pixels


def squared(image: Image.Image, size: int, resize: str) -> Image.Image:
    """A square view of side `size`: the centre (crop), everything bent (squish), everything and mirrors (pad).

    Raises
        InputError  no such resize method.
    """
    if resize not in RESIZES:
        raise InputError(f"squared: resize must be one of {', '.join(RESIZES)}, got {resize!r}")
    if resize == "pad":
        image = Image.fromarray(padded(np.asarray(image)))
    elif resize == "crop":
        top, left, side = centre_box(image.height, image.width)
        image = image.crop((left, top, left + side, top + side))
    return image.resize((size, size), Image.Resampling.BILINEAR)


def valid_view(image: Image.Image, presize: int, size: int, resize: str = "crop") -> np.ndarray:
    """What the net is shown of a validation picture, before normalization.

    Shapes
        image    any size, RGB
        returns  (3, size, size)  uint8

    Source
        The chapter: Resize(presize), then the centre of aug_transforms(size=size). Our filter is Pillow's
        BILINEAR, antialiased, which `F.interpolate(mode="bilinear", antialias=True)` equals to one grey level.
    """
    view = squared(presized(image, presize), size, resize)
    return np.ascontiguousarray(np.asarray(view).transpose(2, 0, 1))
