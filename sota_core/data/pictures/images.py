"""Pictures into RGB: with suspicion where a visitor hands them in, plainly where they are a data set's.

Decoding only; how training crops and sizes pictures is defined with the loaders.
"""

import io
import struct
import threading
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from sota_core.data.pictures.listing import Listing
from sota_core.errors import ImageError

UPLOAD_FORMATS = ("JPEG", "PNG", "WEBP")
DATASET_FORMATS = (*UPLOAD_FORMATS, "BMP", "GIF", "TIFF")
MAX_BYTES = 10 * 2**20
MAX_PIXELS = 24_000_000
MAX_SIDE_PX = 12_000
DECODES_AT_ONCE = 2  # 24 MP take 72 MB decoded and as much again while converted
WAIT_S = 30.0
decode_slots = threading.BoundedSemaphore(DECODES_AT_ONCE)

# For the whole process, and once: warnings.catch_warnings around each decode is not safe in threads.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

# What Pillow raises for broken bytes, depending on the format and on where they break.
BROKEN = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, struct.error, Warning)


def open_upload(data: bytes, *, wait_s: float = WAIT_S) -> Image.Image:
    """A visitor's picture: upright, RGB, first frame, without metadata; or a sentence why not.

    JPEG, PNG and WebP by their content, whatever the name says. Size and sides are checked before anything
    is decoded; at most two pictures are decoded at once, others wait up to wait_s. Transparency lies on white.

    Raises
        ImageError  empty, too large, another format, broken or cut off, or the wait was too long.
    """
    if not data:
        raise ImageError("The file is empty; choose a JPEG, PNG or WebP picture.")
    if len(data) > MAX_BYTES:
        raise ImageError(
            f"The file has {len(data) / 2**20:.1f} MB; at most {MAX_BYTES // 2**20} MB are read. "
            "Save it smaller and try again."
        )
    if not decode_slots.acquire(timeout=wait_s):
        raise ImageError("Too many pictures are being read at the moment; try again in a minute.")
    try:
        return _decode_upload(data)
    finally:
        decode_slots.release()


def decode(path: Path) -> Image.Image:
    """A data set's picture as RGB, upright, transparency on white.

    Raises
        ImageError  cannot be decoded; the text names the file.
    """
    try:
        with Image.open(path, formats=DATASET_FORMATS) as image:
            return to_rgb(_upright(image))
    except (*BROKEN, Image.DecompressionBombError) as error:
        raise ImageError(f"decode('{path}'): cannot be decoded ({error or type(error).__name__})") from error


def to_rgb(image: Image.Image) -> Image.Image:
    """Any Pillow mode as 8-bit RGB, nothing but pixels.

    16-bit greys are scaled (Pillow's own conversion clips them to white), transparency is laid on white,
    CMYK, palettes and greys are converted. Colour profiles are dropped, as training does.
    """
    if image.mode == "RGB" and not image.has_transparency_data:
        return _bare(image)
    if image.mode.startswith(("I", "F")):
        return _grey_to_rgb(np.asarray(image, dtype=np.float64), image.mode)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        return _bare(Image.alpha_composite(paper, layer).convert("RGB"))
    return _bare(image.convert("RGB"))


def thumbnails(listing: Listing, n: int, seed: int, size: int = 96) -> list[tuple[str, np.ndarray]]:
    """n pictures to look at, in turn from every class, cropped to squares; the same seed, the same pictures.

    Pictures that cannot be decoded are passed over, so there may be fewer.

    Shapes
        returns  n pairs of a display name and uint8 (size, size, 3)
    """
    rng = np.random.default_rng(seed)
    queues = [list(rng.permutation(np.flatnonzero(listing.labels == k))) for k in rng.permutation(listing.n_classes)]
    found: list[tuple[str, np.ndarray]] = []
    while len(found) < n and any(queues):
        for queue in filter(None, queues):
            item = int(queue.pop())
            try:
                picture = ImageOps.fit(decode(listing.paths[item]), (size, size), Image.Resampling.BILINEAR)
            except ImageError:
                continue
            found.append((listing.display_names[listing.labels[item]], np.asarray(picture)))
            if len(found) == n:
                break
    return found


def _decode_upload(data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=UPLOAD_FORMATS) as image:
            width, height = image.size
            if max(width, height) > MAX_SIDE_PX or width * height > MAX_PIXELS:
                raise ImageError(_too_many_pixels(f"{width} × {height} pixels"))
            return to_rgb(_upright(image))
    except Image.UnidentifiedImageError as error:
        raise ImageError("This is not a JPEG, PNG or WebP picture; save it as one of these and try again.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(_too_many_pixels("far more pixels than that")) from error
    except ImageError:
        raise
    except BROKEN as error:
        raise ImageError("The picture is damaged or cut off; try another copy of it.") from error


def _too_many_pixels(what: str) -> str:
    return (
        f"The picture has {what}; at most {MAX_PIXELS // 10**6} megapixels and "
        f"{MAX_SIDE_PX} pixels a side are read. Make it smaller and try again."
    )


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF orientation asks; a picture whose EXIF is broken stays as it is."""
    image.load()  # the pixels' own errors must not pass for EXIF's
    try:
        return ImageOps.exif_transpose(image)
    except BROKEN:
        return image


def _grey_to_rgb(values: np.ndarray, mode: str) -> Image.Image:
    """16-bit greys by their high byte; 32-bit integers and floats, whose white is unknown, by their maximum."""
    white = 65535.0 if mode.startswith("I;16") else max(float(values.max(initial=0)), 255.0)
    if mode == "I" and white <= 65535:
        white = 65535.0 if white > 255 else 255.0  # PNG's 16-bit greys came as "I" before Pillow 11
    grey = np.clip(values * (255 / white) + 0.5, 0, 255).astype(np.uint8)
    return Image.fromarray(np.repeat(grey[..., None], 3, axis=2))


def _bare(image: Image.Image) -> Image.Image:
    """A copy that holds nothing but pixels: no EXIF, place, profile or comment."""
    return Image.frombytes("RGB", image.size, image.tobytes())
