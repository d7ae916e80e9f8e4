"""An opened picture becomes RGB in one way, for training, pages and uploads: upright, transparency on white, every
mode scaled to 8 bits. Pillow and NumPy only.

Also the one rule for a picture's presized size. Not here: which uploads are refused (images.py), the square a net sees
(view.py). The chapter's own loader (files_loader.py) decodes as fastai does instead.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from PIL import ExifTags, Image, ImageCms

from sota_core.errors import SotaError

VERSION = 3  # of the decoded pixels: raise it when any intact file may give others
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "AVIF", "JPEG2000", "PPM")
"""The formats Pillow may open: those with a signature of their own that need no other program. Pillow tells them by a
file's content, not by its name. MPO needs no entry: Pillow opens it through JPEG."""

# Pillow warns from 89 megapixels on and refuses 179. A folder to train on may have photos of 102; uploads may have
# fewer, which images.py checks before anything is decoded. Ignored for the whole process: no filter is safe around
# single decodes in threads, and one that raised here would refuse such photos of a training set too.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

# JPEG decodes faster at 1/2, 1/4 or 1/8; twice the wanted side is left for the filter, and no difference is seen.
_DRAFT_GAP = 2
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation → the operation that sets the picture upright; 1 means that it is upright already."""
WHITES = (255, 1023, 4095, 16383, 65535)
"""The largest values of 8, 10, 12, 14 and 16 bits. A camera's 12 bits lie unscaled in a 16-bit file: its white is 4095,
which would be nearly black if 65535 were taken for white."""
_ROWS = 256  # of a deep or transparent picture, converted at a time: 100 megapixels must not be held in floats


@contextmanager
def undecodable(error_of: Callable[[Exception], Exception | None] = lambda why: None) -> Iterator[None]:
    """Raise error_of(why) for whatever broken bytes raise inside this context; where it is None, go on after it.

    Pillow's plug-ins raise what they like, from OSError to what an assert raises. Passed on are lack of memory, which
    says nothing of the picture, and our own errors.
    """
    try:
        yield
    except (MemoryError, SotaError):
        raise
    except Exception as why:
        if error := error_of(why):
            raise error from why


def presized_hw(height: int, width: int, presize: int) -> tuple[int, int]:
    """Height and width once the shorter side is `presize`; never larger than before.

    The one size rule: it takes the header's height and width, before any decoding. For a picture that EXIF turns by
    90° it gives the two swapped, whether it is applied before or after the turn.

    >>> presized_hw(600, 400, 200), presized_hw(400, 600, 200), presized_hw(90, 120, 200)
    ((300, 200), (200, 300), (90, 120))
    """
    short = min(height, width)
    if short <= presize:
        return height, width
    return round(height * presize / short), round(width * presize / short)


def decoded(image: Image.Image, presize: int | None = None) -> Image.Image:
    """An opened picture's first frame as upright RGB; with `presize`, of the size that presized_hw gives. Blocking.

    Raises
        anything  for bytes that are no picture, or are cut off: see undecodable.
    """
    width, height = image.size  # the header's, which the rule takes: a draft rounds them
    box = None
    if presize is not None:
        gap = _DRAFT_GAP * presize
        draft = image.draft("RGB", (gap, gap))
        box = draft[1] if draft else None  # the picture within its drafted pixels, whose last ones may be half empty
        height, width = presized_hw(height, width, presize)
    image.load()
    rgb = to_rgb(image)
    if rgb.size != (width, height):
        rgb = rgb.resize((width, height), Image.Resampling.BILINEAR, box)
    turn = _TURNS.get(_orientation(image))
    return rgb if turn is None else rgb.transpose(turn)


def to_rgb(image: Image.Image) -> Image.Image:
    """Any Pillow mode as 8-bit RGB.

    Deep greys are scaled by their own depth (Pillow's conversion clips them to white), transparency is laid on white,
    CMYK, Lab, palettes and greys are converted. Colour profiles are not applied.
    """
    if image.mode.startswith(("I", "F")):
        return _deep_grey(image).convert("RGB")
    if image.mode == "LAB":
        spaces = (ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"))
        return ImageCms.profileToProfile(image, *spaces, outputMode="RGB") or image
    if image.has_transparency_data:
        return _on_white(image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    """A picture with transparency on white paper, some rows at a time: whole, 24 megapixels took 460 MB, now 200."""
    rgb = Image.new("RGB", image.size)
    for top in range(0, image.height, _ROWS):
        band = image.crop((0, top, image.width, min(top + _ROWS, image.height)))
        # by way of LA and RGBA: Pillow converts premultiplied layers, and grey ones with alpha, in no other way
        layer = band.convert({"La": "LA", "RGBa": "RGBA"}.get(band.mode, "RGBA")).convert("RGBA")
        paper = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        rgb.paste(Image.alpha_composite(paper, layer).convert("RGB"), (0, top))
    return rgb


def bare(image: Image.Image) -> Image.Image:
    """A copy of an RGB picture that holds nothing but pixels: no EXIF, place, profile or comment."""
    return Image.frombytes("RGB", image.size, image.tobytes())


def _orientation(image: Image.Image) -> int:
    """A loaded picture's EXIF orientation (PNG may say it after the pixels); 1 if there is none, or a broken one."""
    with undecodable():
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    return 1


def _deep_grey(image: Image.Image) -> Image.Image:
    """16-bit integers, 32-bit integers and floats as 8-bit greys.

    Such a file does not say which value is white: it is the first of 1 (floats only) and WHITES that no pixel exceeds,
    else the largest pixel. What is no number, or negative, is black.
    """
    values = np.asarray(image)
    largest = float(np.max(values, where=np.isfinite(values), initial=0))
    whites = (1, *WHITES) if image.mode.startswith("F") else WHITES
    white = float(next((white for white in whites if largest <= white), largest))
    grey = np.empty(values.shape, np.uint8)
    for top in range(0, len(values), _ROWS):
        part = np.nan_to_num(values[top : top + _ROWS].astype(np.float64), nan=0, posinf=white, neginf=0)
        grey[top : top + _ROWS] = np.clip(part * (255 / white) + 0.5, 0, 255)
    return Image.fromarray(grey)
