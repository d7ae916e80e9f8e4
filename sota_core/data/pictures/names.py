"""What a file's or folder's name says of it: a picture, hidden, or neither. Nothing is opened."""

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".bmp", ".gif", ".tif", ".tiff"},
)
"""Those of fastai's image suffixes that Pillow opens without a plug-in, and .jfif, .webp, .avif; in lower case."""

_ENDINGS = tuple(SUFFIXES)


def is_picture(name: str) -> bool:
    return name.lower().endswith(_ENDINGS)


def is_hidden(name: str) -> bool:
    """`.DS_Store`, `._x.jpg`, `.ipynb_checkpoints`; and the folder that macOS adds to archives."""
    return name.startswith(".") or name == "__MACOSX"
