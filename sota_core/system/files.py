"""Putting a folder in its place: all or nothing, and what to say on a full disk."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sota_core.errors import DiskFullError


def place_atomically(folder: Path, target: Path) -> None:
    """Rename a finished folder to target, so that target is there whole or not at all.

    Everything is on the disk before the name is: a power cut must not leave a placed folder of empty
    files. One sync of the file systems, since an fsync for each of 13,000 pictures takes minutes.
    """
    os.sync()
    folder.rename(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def disk_full_told(who: str, remove: Path, needed_bytes: int) -> Iterator[None]:
    """Turn the system's "no space left" into a DiskFullError, after removing what was being written.

    Raises
        DiskFullError  free_bytes is what is free once the remains are gone.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        discard(remove)
        raise disk_full(who, remove, needed_bytes) from error


def require_room(who: str, where: Path, needed_bytes: int) -> None:
    """Refuse to begin what cannot be finished.

    Raises
        DiskFullError  fewer than needed_bytes are free where `where` lies, or will lie.
    """
    if shutil.disk_usage(existing_parent(where)).free < needed_bytes:
        raise disk_full(who, where, needed_bytes)


def disk_full(who: str, where: Path, needed_bytes: int) -> DiskFullError:
    folder = existing_parent(where)
    free = shutil.disk_usage(folder).free
    return DiskFullError(
        f"{who}: needs {needed_bytes / 1e6:.0f} MB on the disk of {folder}, {free / 1e6:.0f} MB are free; "
        "make room and try again",
        needed_bytes=needed_bytes,
        free_bytes=free,
    )


def discard(path: Path) -> None:
    """Remove a file or a folder that need not exist."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def existing_parent(path: Path) -> Path:
    """The nearest folder at or above path that is there already."""
    return next(folder for folder in (path, *path.absolute().parents) if folder.is_dir())
