"""Puts files and folders into their places, whole or not at all; and reports a full disk.

`write_atomically` and `write_json` write a small file; `create_once` a file that is made once and never replaced;
`place_atomically` moves to its place what was made elsewhere, a file or a folder of thousands.
"""

import errno
import itertools
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from sota_core.errors import DiskFullError
from sota_core.later import later
from sota_core.limits import rounded_up

# Up to this many files are synced one by one; for more, all file systems at once: 13,000 pictures would take minutes.
_MOST_SYNCED_ONE_BY_ONE = 64

Mounts = Iterable[tuple[str, str]]


def write_atomically(path: Path, content: str | bytes) -> None:
    """Give a small file this content (text as UTF-8): whoever reads it sees the old content or the new, never a part.

    Atomic, but does not wait for the disk: after a power cut the old content may be back, or the file empty. Its
    folder is made; a file that exists is replaced, and of several writers the last one wins. If the process is killed
    at any point, the file is as it was or new, and at most a hidden `.<name>-<8 digits>`, which nobody reads, is left
    beside it.

    Raises
        OSError  the disk is full, or the folder cannot be written; the file is as it was.
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
    """What write_json wrote; None if there is no such file, or no JSON in it (after a power cut, or edited by hand)."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def create_once(path: Path, content: bytes) -> None:
    """Make a file that only its owner may read, unless it exists: of several writers the first one wins.

    Atomic and durable: a reader sees all of it, also after a power cut. Blocks until it is on the disk. Its folder is
    made; a file that exists is left as it is, whatever it holds. If the process is killed at any point, there is no
    file or a whole one, and at most a hidden `.<name>-<8 digits>`, which nobody reads, is left beside it.

    Raises
        OSError  the disk is full, or the folder cannot be written; then there is no file.
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

    Durable: first all that was made is on the disk, then the new name, since a power cut must not leave a folder of
    empty files at target. Blocks until both are. A file or an empty folder at target is replaced; a folder with files
    only if `replace` is True: it is removed first, so for a moment a part of the old one is there, or nothing. If the
    process is killed at any point, `made` lies whole where it was or at target.

    made, target  on one file system; target's parent folder exists

    Raises
        OSError  the disk is full, target is a folder with files, or on another file system; `made` lies where it was.
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
        discard(remove, ignore_errors=True)  # somebody else may still be writing into it
        raise disk_full(who, remove, needed_bytes) from error


def require_disk(who: str, where: Path, needed_bytes: int) -> None:
    """Refuse to begin what the disk has no room to finish.

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
            needed=int(rounded_up(needed_bytes / 1e6, 0)),
            folder=str(folder),
            free=free // 10**6,
        ),
        needed_bytes=needed_bytes,
        free_bytes=free,
    )


def discard(path: Path, *, ignore_errors: bool = False) -> None:
    """Remove a file, or a folder with all it holds, if it exists. Not atomic: if killed, a part is left.

    Raises
        OSError  it cannot be removed; with `ignore_errors`, what can be removed is.
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
    """The file's size; 0 if it is gone."""
    try:
        return file.stat().st_size
    except OSError:
        return 0


def bytes_below(folder: Path) -> int:
    """The size of all files in a folder and below; one that is removed meanwhile may not count."""
    return sum(bytes_of(Path(at, name)) for at, _, names in os.walk(folder) for name in names)


def existing_parent(path: Path) -> Path:
    """The nearest folder at or above path that is there already."""
    return next(folder for folder in (path, *path.absolute().parents) if folder.is_dir())


def file_system_of(folder: Path, mounts: Mounts | None = None) -> str:
    """The type of the file system a folder lies on, as the system names it; '' where it does not say.

    mounts  (mount point, type) of each, default the machine's own

    >>> file_system_of(Path("/home/ann"), [("/", "ext4"), ("/home", "nfs4")])
    'nfs4'
    """
    if mounts is None:
        mounts = [(part.mountpoint, part.fstype) for part in psutil.disk_partitions(all=True)]
    folder = folder.resolve()
    best, kind = -1, ""
    for point, its_kind in mounts:
        mount = Path(point)
        # Mounts on the same point cover one another: the last one listed is the one seen.
        if (folder == mount or mount in folder.parents) and len(mount.parts) >= best:
            best, kind = len(mount.parts), its_kind
    return kind
