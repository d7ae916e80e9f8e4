"""Room on the disk for caches of decoded pictures: bounded in all, the ones unused for longest go first.

A cache somebody has mapped may be removed: the system keeps its pages until the last reader lets go.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from sota_core.errors import DiskFullError

MAX_TOTAL_BYTES = 30 * 10**9  # all caches together: two of full Imagenette at 460 px
KEEP_FREE_BYTES = 500 * 2**20  # for the runs' own files


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def make_room(
    cache_dir: Path,
    needed_bytes: int,
    *,
    max_total_bytes: int = MAX_TOTAL_BYTES,
    free: Callable[[Path], int] = free_bytes,
) -> None:
    """Remove caches, least recently used first, until one of `needed_bytes` fits. Removes nothing where it fits.

    One cache may be larger than the limit on all of them if the disk has room: then it is the only one.

    Raises
        DiskFullError  it would not fit with every other cache gone; nothing has been removed then.
    """
    others = sorted(cache_dir.glob("pictures-*-*/meta.json"), key=lambda meta: meta.parent.stat().st_mtime)
    sizes = {meta.parent: _size(meta.parent) for meta in others}
    total = sum(sizes.values())
    room = free(cache_dir)
    if needed_bytes + KEEP_FREE_BYTES > room + total:
        raise _full(cache_dir, needed_bytes, room)
    for folder, size in sizes.items():
        if needed_bytes + KEEP_FREE_BYTES <= room and total + needed_bytes <= max_total_bytes:
            return
        shutil.rmtree(folder, ignore_errors=True)
        total, room = total - size, free(cache_dir)
    if needed_bytes + KEEP_FREE_BYTES > room:  # a cache still mapped gives its room back later
        raise _full(cache_dir, needed_bytes, room)


def reserve(path: Path, n_bytes: int) -> None:
    """Create a file whose bytes the disk has set aside: writing to its map cannot fail half way.

    Raises
        DiskFullError  somebody else took the room since it was counted.
    """
    with path.open("wb") as file:
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, n_bytes)
            else:
                file.truncate(n_bytes)
        except OSError as full:
            raise _full(path.parent, n_bytes, free_bytes(path.parent)) from full


def _size(folder: Path) -> int:
    return sum(entry.stat().st_size for entry in folder.iterdir() if entry.is_file())


def _full(folder: Path, needed_bytes: int, free: int) -> DiskFullError:
    return DiskFullError(
        f"build_cache: needs {needed_bytes / 1e6:.0f} MB and {KEEP_FREE_BYTES / 1e6:.0f} MB to spare in {folder}, "
        f"{free / 1e6:.0f} MB are free",
        needed_bytes=needed_bytes,
        free_bytes=free,
    )
