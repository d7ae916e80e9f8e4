"""Files and folders into their places, whole or not at all; and what to say on a full disk.

What is small is written by `write_atomically` or `write_json`; what must exist once, by `create_once`; what was made
beside its place, a file or a folder of thousands, is moved there by `place_atomically`.
"""

import errno
import itertools
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sota_core.errors import DiskFullError
from sota_core.later import later

# Up to here each file is synced by itself; beyond, all file systems at once: 13,000 pictures one by one take minutes.
_MOST_SYNCED_ONE_BY_ONE = 64


def write_atomically(path: Path, content: str | bytes) -> None:
    """Give a small file this content (text as UTF-8): whoever reads it sees the old content or the new, never a part.

    Atomic, and does not wait for the disk: after a power cut the old content may be back, or the file empty. Its
    folder is made; a file that is there is replaced, of several writers the last one wins. Killed at any point, the
    file is as it was or new; left behind is at most a hidden `.<name>-<8 digits>` beside it, which nobody reads.

    Raises
        OSError  the disk is full, or the folder is not to be written; the file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = _beside(path)
    try:
        beside.write_bytes(content.encode() if isinstance(content, str) else content)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """write_atomically for a value that JSON can hold."""
    write_atomically(path, json.dumps(value))


def read_json(path: Path) -> Any:
    """What write_json wrote; None where there is no such file, or it holds no JSON (a power cut, a hand)."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def create_once(path: Path, content: bytes) -> None:
    """Make a file that its owner alone may read, unless there is one: of several writers the first one wins.

    Atomic and durable: a reader sees all of it, and so does one after a power cut. Blocks until it is on the disk.
    Its folder is made; a file that is there is left as it is, whatever it holds. Killed at any point, there is no file
    or a whole one; left behind is at most a hidden `.<name>-<8 digits>`, which nobody reads.

    Raises
        OSError  the disk is full, or the folder is not to be written; there is no file then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = _beside(path)
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(beside)  # unlike a rename, it refuses a name that is taken
        sync(path.parent)
    except FileExistsError:
        pass
    finally:
        beside.unlink(missing_ok=True)


def place_atomically(made: Path, target: Path, *, replace: bool = False) -> None:
    """Rename a finished file or folder to `target`, so that target is there whole or not at all.

    Durable: all that was made is on the disk before its name is, since a power cut must not leave a placed folder of
    empty files; then the name. Blocks until both are. A file that is there is replaced, and so is an empty folder;
    another one only if `replace` says so: it is removed first, so for a moment a part of the old one is there, or
    none. Killed at any point, `made` lies whole where it was or at target.

    made, target  on one file system; target's folder is there

    Raises
        OSError  the disk is full, target is a folder with files, or another file system; `made` lies where it was.
    """
    inside = list(itertools.islice(made.rglob("*"), _MOST_SYNCED_ONE_BY_ONE + 1))
    if len(inside) > _MOST_SYNCED_ONE_BY_ONE:
        os.sync()
    else:
        for path in (*inside, made):
            sync(path)
    if replace:
        discard(target)
    made.rename(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Block until a file's bytes, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _beside(path: Path) -> Path:
    """A free name in the same folder, so that the last step is a rename on one file system."""
    return path.with_name(f".{path.name}-{secrets.token_hex(4)}")


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
        discard(remove, ignore_errors=True)  # somebody may still put something into it
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
        later(
            "{who}: needs {needed} MB on the disk of {folder}, {free} MB are free; make room and try again",
            who=who,
            needed=round(needed_bytes / 1e6),
            folder=str(folder),
            free=round(free / 1e6),
        ),
        needed_bytes=needed_bytes,
        free_bytes=free,
    )


def discard(path: Path, *, ignore_errors: bool = False) -> None:
    """Remove a file, or a folder with all it holds, that need not exist. Not atomic; killed, a part is left.

    Raises
        OSError  it cannot be removed, unless `ignore_errors`: then what can be is.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=ignore_errors)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError:
        if not ignore_errors:
            raise


def bytes_of(file: Path) -> int:
    """0 for one that is gone."""
    try:
        return file.stat().st_size
    except OSError:
        return 0


def bytes_below(folder: Path) -> int:
    """Of all its files; of what goes meanwhile what was still there."""
    return sum(bytes_of(Path(at, name)) for at, _, names in os.walk(folder) for name in names)


def existing_parent(path: Path) -> Path:
    """The nearest folder at or above path that is there already."""
    return next(folder for folder in (path, *path.absolute().parents) if folder.is_dir())
