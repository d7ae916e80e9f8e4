"""A file of a few megabytes, made while there is room, removed when the disk is full: so a state can still be written.

Processes need not agree on who does it: the file is only ever made and removed whole.
"""

import contextlib
import os
import shutil
from pathlib import Path

from sota_core.system.files import write_atomically

# SQLite's write-ahead log grows to about 4 MB before it is copied into the database: room for both.
SIZE_BYTES = 8 * 2**20


def _path(home: Path) -> Path:
    return home / "ballast"


def keep(home: Path, min_free_bytes: int) -> None:
    """Make the reserve unless it is there, or the disk is nearly full already. Never fails."""
    path = _path(home)
    with contextlib.suppress(OSError):
        if path.exists() or shutil.disk_usage(home).free < min_free_bytes + SIZE_BYTES:
            return
        # Random bytes: a file system that compresses or leaves out zeros would put nothing aside.
        write_atomically(path, os.urandom(SIZE_BYTES))


def release(home: Path) -> None:
    """Remove the reserve, if there is one. Never fails."""
    with contextlib.suppress(OSError):
        _path(home).unlink(missing_ok=True)


def release_if_full(home: Path) -> bool:
    """Remove the reserve if there is one and hardly anything else is free. Returns whether it tried; never fails."""
    with contextlib.suppress(OSError):
        if _path(home).exists() and shutil.disk_usage(home).free < SIZE_BYTES / 8:
            release(home)
            return True
    return False
