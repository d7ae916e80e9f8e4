"""What a file's or folder's name says (a picture, hidden, or neither), and how the name is written for people.

Names may not be UTF-8, as old archives leave them. Python reads such a byte as a lone surrogate (PEP 383), which no
screen, JSON reader or PostgreSQL accepts. Paths keep it, so that the file is found; every name that leaves a listing
goes through `shown`. Nothing is opened here.
"""

import os
import unicodedata
from pathlib import Path

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".bmp", ".gif", ".tif", ".tiff"},
)
"""Suffixes of pictures, in lower case: those of fastai that Pillow opens without a plug-in, and .jfif, .webp, .avif."""

_ENDINGS = tuple(SUFFIXES)
# Pictures to their owner that we cannot read: reported apart from text files and tables, because somebody will miss
# them.
_UNREAD = frozenset(
    ".heic .heif .hif .svg .psd .xcf .raw .dng .cr2 .cr3 .nef .arw .orf .rw2 .raf .pef .srw .jp2 .j2k .jxl .mpo .ico "
    ".tga .ppm .pgm .pbm .pnm .exr .hdr .dcm .dds .eps .ai .npy .mat".split()
)

MARK = "\N{REPLACEMENT CHARACTER}"


def shown(name: str | os.PathLike[str]) -> str:
    """The name as text, each byte that is not UTF-8 as � and two hex digits, so that different names stay different.

    >>> shown("Sacr\\udce9.png"), shown("Sacré.png"), shown("кот")
    ('Sacr�E9.png', 'Sacré.png', 'кот')
    """
    text = os.fspath(name)
    if text.isascii():  # nearly all, and there are thousands
        return text
    return "".join(f"{MARK}{ord(c) - 0xDC00:02X}" if "\udc80" <= c <= "\udcff" else c for c in text)


def composed(name: str) -> str:
    """A class's name in one form of Unicode: macOS takes é apart, and the same folder copied elsewhere has it whole.

    >>> composed("cafe\\u0301") == "caf\\u00e9"
    True
    """
    return unicodedata.normalize("NFC", name)


def path_of(root: Path, name: str) -> Path:
    """The file below root whose shown relative path is `name`; root / name where there is none."""
    path = root
    for part in name.split("/"):
        path = path / part if MARK not in part else _entry(path, part)
    return path


def _entry(folder: Path, name: str) -> Path:
    try:
        return next((entry for entry in folder.iterdir() if shown(entry.name) == name), folder / name)
    except OSError:
        return folder / name


def is_picture(name: str) -> bool:
    return name.lower().endswith(_ENDINGS)


def is_unread_picture(name: str) -> bool:
    """Whether it is, by its suffix, a picture that no run reads."""
    return Path(name).suffix.lower() in _UNREAD


def is_hidden(name: str) -> bool:
    """`.DS_Store`, `._x.jpg`, `.ipynb_checkpoints`; and the folder that macOS adds to archives."""
    return name.startswith(".") or name == "__MACOSX"
