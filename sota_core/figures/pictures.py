"""Pictures for the screen: thumbnails, contact sheets, data URIs. uint8 RGB arrays in and out."""

import base64
import io
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image


def centre_square(picture: np.ndarray, side: int) -> np.ndarray:
    """The largest centred square, resized to `side`: what a centre crop shows of a picture.

    Shapes
        picture  (H, W, 3)  uint8
        returns  (side, side, 3)  uint8
    """
    height, width = picture.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    image = Image.fromarray(picture[top : top + edge, left : left + edge])
    return np.asarray(image.resize((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0))


def contact_sheet(pictures: Sequence[np.ndarray], *, columns: int = 4, side: int = 112, gap: int = 6) -> np.ndarray:
    """Centre squares in rows. The gap is transparent, so that any theme shows through.

    Shapes
        returns  (rows * (side + gap) - gap, columns * (side + gap) - gap, 4)  uint8, RGBA
    """
    columns = max(1, min(columns, len(pictures)))
    rows = max(1, math.ceil(len(pictures) / columns))
    sheet = np.zeros((rows * (side + gap) - gap, columns * (side + gap) - gap, 4), np.uint8)
    for i, picture in enumerate(pictures):
        top, left = (side + gap) * (i // columns), (side + gap) * (i % columns)
        sheet[top : top + side, left : left + side, :3] = centre_square(picture, side)
        sheet[top : top + side, left : left + side, 3] = 255
    return sheet


def png(picture: np.ndarray) -> bytes:
    """Lossless: for pictures whose exact numbers matter, and for sheets with transparent gaps."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG", compress_level=3)
    return out.getvalue()


def jpeg(picture: np.ndarray) -> bytes:
    """Encoded ten times as fast as `png`, for photographs with lines on them: no number is read off those."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=92, subsampling=0)  # full colour resolution, for thin lines
    return out.getvalue()


def webp(picture: np.ndarray) -> bytes:
    """For photographs with transparent gaps between them, which JPEG cannot have: a seventh of the bytes of `png`."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "WEBP", quality=88, method=2)
    return out.getvalue()


def data_uri(picture: np.ndarray, *, is_exact: bool = True) -> str:
    """The picture as an address a browser can load without asking the server again.

    Every picture of a page is sent in this way. Streamlit removes the file that it keeps for a picture with the next
    run of its script, and a browser that asks a moment later gets a 404.

    is_exact  every pixel as it is (PNG); else as a photograph is sent (JPEG, with transparent gaps WebP): a quarter of
              the bytes or less, a tenth of the time
    """
    if is_exact:
        kind, encoded = "png", png(picture)
    elif picture.shape[-1] == 4:
        kind, encoded = "webp", webp(picture)
    else:
        kind, encoded = "jpeg", jpeg(picture)
    return f"data:image/{kind};base64," + base64.b64encode(encoded).decode("ascii")
