"""Caches of decoded pictures as folders on the disk: which there are, of what pictures, when used; and removing one.

Not here: what is in them (loading/cache.py). `<key>/` is a cache, `<key>.building/` one that is being made or whose
builder was killed. A process that builds or opens one holds `<key>.lock`, so that no other removes it meanwhile.
"""

import os
from collections.abc import Callable
from pathlib import Path

from sota_core.system.files import discard, read_json
from sota_core.system.locks import take

NAME, BUILDING, META = "pictures-*-*", ".building", "meta.json"


def lock_of(folder: Path) -> Path:
    """The lock file of a cache, and of the folder that is to become it."""
    return folder.with_suffix(".lock")


def all_of(cache_dir: Path) -> list[Path]:
    """Every cache, including those that are being built or were left half built; [] if there are none."""
    return sorted(path for path in cache_dir.glob(NAME) if path.is_dir())


def root_of(folder: Path) -> str | None:
    """The folder its pictures come from; None for one that does not say: half built, or an earlier version's."""
    meta = read_json(folder / META)
    return meta.get("root") if isinstance(meta, dict) else None


def used_at(folder: Path) -> float:
    """When it was last opened, seconds since 1970; 0 for one that has gone."""
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def remove(folder: Path) -> bool:
    """Remove a cache; False if one is just being built or opened. A process that has mapped it keeps its pixels."""
    descriptor = take(lock_of(folder))
    if descriptor is None:
        return False
    try:
        discard(folder, ignore_errors=True)
    finally:
        os.close(descriptor)
    return True


def remove_where(cache_dir: Path, is_unwanted: Callable[[str | None], bool]) -> None:
    """Remove the caches whose root (None if not known) is unwanted. One that is being built or opened stays."""
    for folder in all_of(cache_dir):
        if is_unwanted(root_of(folder)):
            remove(folder)
