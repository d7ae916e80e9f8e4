"""Room on the disk for caches of decoded pictures: limited in total, the ones unused for longest are removed first.

A cache that is mapped may be removed: the system keeps its pages until the last reader closes it. Several processes may
make room at once: a cache that another has removed is skipped, one that is being built or opened stays.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from sota_core.data.pictures import cache_folders
from sota_core.errors import DiskFullError
from sota_core.limits import rounded_up
from sota_core.system.files import bytes_below

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
    """Remove caches, least recently used first, until one of `needed_bytes` fits; none if it fits already.

    What killed builders have left is removed in any case.
    One cache may be larger than the limit on all of them if the disk has room: then it is the only one.

    Raises
        DiskFullError  it would not fit with every other cache gone; none has been removed then.
    """
    found = cache_folders.all_of(cache_dir)
    half = [folder for folder in found if folder.suffix == cache_folders.BUILDING and not cache_folders.remove(folder)]
    whole = [folder for folder in found if folder.suffix != cache_folders.BUILDING]
    sizes = {folder: bytes_below(folder) for folder in sorted(whole, key=cache_folders.used_at)}
    room = free(cache_dir)
    if needed_bytes + KEEP_FREE_BYTES > room + sum(sizes.values()):
        raise _full(cache_dir, needed_bytes, room)
    total = sum(sizes.values()) + sum(map(bytes_below, half))  # a living builder has reserved its bytes
    for folder, size in sizes.items():
        if needed_bytes + KEEP_FREE_BYTES <= room and total + needed_bytes <= max_total_bytes:
            return
        if cache_folders.remove(folder):
            total, room = total - size, free(cache_dir)
    if needed_bytes + KEEP_FREE_BYTES > room:  # a cache still mapped gives its room back later
        raise _full(cache_dir, needed_bytes, room)


def reserve(path: Path, n_bytes: int) -> None:
    """Create a file whose bytes the disk has set aside, so that writing to its map cannot fail half way.

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


def _full(folder: Path, needed_bytes: int, free: int) -> DiskFullError:
    needed, kept = (f"{rounded_up(n / 1e6, 0):.0f} MB" for n in (needed_bytes, KEEP_FREE_BYTES))
    return DiskFullError(
        f"build_cache: needs {needed} and {kept} to spare in {folder}, {free // 10**6} MB are free",
        needed_bytes=needed_bytes,
        free_bytes=free,
    )
