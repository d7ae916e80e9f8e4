"""A visitor's picture, read with suspicion: refused before it is decoded if anything speaks against it.

It is then decoded by decoding.py, as in training.
"""

import io
import threading

from PIL import Image

from sota_core.data.pictures.decoding import bare, decoded, undecodable
from sota_core.data.pictures.view import Presized
from sota_core.errors import ImageError
from sota_core.later import Later, later
from sota_core.limits import rounded_up

UPLOAD_FORMATS = ("JPEG", "PNG", "WEBP")
UPLOAD_TYPES = ("jpg", "jpeg", "png", "webp")  # by which a browser's file dialog knows them
MAX_BYTES = 10 * 2**20
UPLOAD_MB = MAX_BYTES // 2**20
MAX_PIXELS = 24_000_000
MAX_SIDE_PX = 12_000
MAX_SCANS = 256  # of a JPEG: 24 MP take 7 ms a scan, however little the scan says
DECODES_AT_ONCE = 2  # 24 MP take 100 MB decoded and as much again while converted
WAIT_S = 30.0
decode_slots = threading.BoundedSemaphore(DECODES_AT_ONCE)


def open_upload_presized(data: bytes, presize: int, *, wait_s: float = WAIT_S) -> Presized:
    """A visitor's picture: upright, RGB, first frame, without metadata; or a sentence why not.

    Its shorter side is at most `presize`: the pixels that a training run would get from this file. JPEG, PNG and WebP
    by their content, whatever the name says. Size, sides and scans are checked before anything is decoded; at
    most two pictures are decoded at once, others wait up to wait_s. Transparency lies on white.

    Raises
        ImageError  empty, too large, another format, broken or cut off, or the wait was too long.
    """
    if not data:
        raise _refused(later("The file is empty; choose a JPEG, PNG or WebP picture"))
    if len(data) > MAX_BYTES:
        raise _refused(
            later(
                "The file has {size} MB; at most {most} MB are read. Save it smaller and try again",
                size=rounded_up(len(data) / 2**20),
                most=MAX_BYTES // 2**20,
            )
        )
    n_scans = _scans(data)
    if n_scans > MAX_SCANS:
        raise _refused(
            later(
                "The JPEG has {n} scans; at most {most} are read. Save it anew as a plain JPEG and try again",
                n=n_scans,
                most=MAX_SCANS,
            )
        )
    if not decode_slots.acquire(timeout=wait_s):
        raise _refused(later("Too many pictures are being read at the moment; try again in a minute"))
    try:
        return Presized(_decode(data, presize), presize)
    finally:
        decode_slots.release()


def _scans(data: bytes) -> int:
    """At least as many scans as a JPEG has; 0 of another format.

    Ten bytes make a scan that changes nothing, and libjpeg goes through all blocks of the picture for each. A real
    picture has 1 to about 12, and as many per thumbnail. Within a scan's data the two bytes cannot stand (a 0 follows
    each 255), but in a film behind the picture, as phones write it, they do by chance: 160 times in 10 MB.
    """
    return data.count(b"\xff\xda") if data.startswith(b"\xff\xd8") else 0


def _decode(data: bytes, presize: int) -> Image.Image:
    with undecodable(_why_refused), Image.open(io.BytesIO(data), formats=UPLOAD_FORMATS) as image:
        width, height = image.size
        if max(width, height) > MAX_SIDE_PX or width * height > MAX_PIXELS:
            raise _too_many_pixels(later("{width} × {height} pixels", width=str(width), height=str(height)))
        return bare(decoded(image, presize))


def _why_refused(raised: Exception) -> ImageError:
    if isinstance(raised, Image.UnidentifiedImageError):
        return _refused(later("This is not a JPEG, PNG or WebP picture; save it as one of these and try again"))
    if isinstance(raised, Image.DecompressionBombError | Image.DecompressionBombWarning):  # by Pillow, while opening
        return _too_many_pixels(later("far more pixels than that"))
    return _refused(later("The picture is damaged or cut off; try another copy of it"))


def _too_many_pixels(what: Later) -> ImageError:
    return _refused(
        later(
            "The picture has {pixels}; at most {megapixels} megapixels and {side} pixels a side are read. Make it "
            "smaller and try again",
            pixels=what,
            megapixels=MAX_PIXELS // 10**6,
            side=str(MAX_SIDE_PX),
        )
    )


def _refused(what: Later) -> ImageError:
    """The error, whose text is a whole sentence; `later.core_of` gives it without the full stop."""
    return ImageError(later("{what}.", what=what))
