"""Zips of class folders, well-formed and malformed, made in memory."""

import io
import zipfile
from collections.abc import Mapping

import numpy as np
from PIL import Image


def picture(seed: int = 0, size: tuple[int, int] = (60, 40), format: str = "JPEG", **options) -> bytes:
    """A picture of this size (width, height), encoded."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format, **options)
    return file.getvalue()


def zip_of(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Pack path → bytes. Paths are written as given, also those that no honest program would write."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


def classes(*names: str, n: int = 3, of: str = "") -> dict[str, bytes]:
    """n pictures of each class, in folders below `of`."""
    return {f"{of}{name}/{i}.jpg": picture(100 * at + i, (20, 16)) for at, name in enumerate(names) for i in range(n)}
