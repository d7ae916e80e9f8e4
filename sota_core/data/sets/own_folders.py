"""Visitors' sets as they lie on the disk: named, read, written and removed, with all that was made of their pictures.

Not here: whose a set is, and how long it stays (own.py).
"""

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from sota_core.data.pictures import cache_folders
from sota_core.later import restored, stored
from sota_core.settings import Settings
from sota_core.system.files import discard, read_json, write_json

PREFIX = "own:"
PICTURES = "pictures"
ID = re.compile(r"[0-9a-f]{16}")
_ROOT = re.compile(
    rf"/own/({ID.pattern})/{PICTURES}(?:/|$)"
)  # by its end: another machine may mount SOTA_HOME elsewhere


@dataclass(frozen=True, slots=True)
class OwnSet:
    """One visitor's set.

    origin      the network it was sent from, as people/origins.py names it; None for this machine
    is_ready    its pictures are there; else they are being read, or their reader is gone
    size_bytes  of its pictures as they are kept
    said        what was passed over, in sentences to be read later
    """

    id: str
    owner: str
    title: str
    created_at: float
    origin: str | None = None
    is_ready: bool = False
    size_bytes: int = 0
    said: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The set as recipes name it."""
        return f"{PREFIX}{self.id}/{self.title}"


def home(settings: Settings) -> Path:
    return settings.home / "own"


def folders(settings: Settings) -> Iterator[Path]:
    """The folder of every set, whatever is in it."""
    try:
        entries = sorted(home(settings).iterdir())
    except OSError:
        return
    yield from (entry for entry in entries if ID.fullmatch(entry.name) and entry.is_dir())


def all_sets(settings: Settings) -> list[OwnSet]:
    return [made for folder in folders(settings) if (made := read(folder)) is not None]


def read(folder: Path) -> OwnSet | None:
    """The set in this folder; None if there is none, or another version wrote it."""
    values = read_json(folder / "set.json")
    try:
        return OwnSet(**(values | {"said": tuple(map(restored, values["said"]))}))
    except (TypeError, KeyError, AttributeError):
        return None


def write(folder: Path, made: OwnSet) -> None:
    write_json(folder / "set.json", asdict(made) | {"said": list(map(stored, made.said))})


def is_ready(folder: Path) -> bool:
    """Are the set's pictures there? If a newer version wrote set.json, which then cannot be read, the folder tells."""
    made = read(folder)
    return (folder / PICTURES).is_dir() if made is None else made.is_ready


def touch(folder: Path) -> None:
    """Mark a set as used now; nothing happens if it is gone."""
    with suppress(OSError):
        os.utime(folder / "set.json")


def touched(at: Path) -> float:
    """When a set, or a file, was last used; seconds since 1970."""
    for path in (at / "set.json", at):
        try:
            return path.stat().st_mtime
        except OSError:
            continue
    return time.time()


def discard_set(folder: Path, settings: Settings) -> None:
    """Remove the set, its pictures decoded for training, and the status and log of its reading.

    It does not wait for a run that is decoding them just now: what that makes is removed by `discard_orphans`.
    """
    shutil.rmtree(folder, ignore_errors=True)
    cache_folders.remove_where(settings.cache_dir, lambda root: _id_of(root) == folder.name)
    for beside in (settings.home / "downloads").glob(f"{folder.name}.*"):
        discard(beside, ignore_errors=True)
    discard(settings.home / "logs" / f"download-{folder.name}.log", ignore_errors=True)


def discard_orphans(settings: Settings) -> None:
    """Remove pictures decoded for training whose set is gone; the first time, also those that do not name their set.

    Earlier versions never said it: their pictures are decoded anew, once. What such a version makes later, beside this
    one, stays.
    """
    mark = settings.cache_dir / "roots-are-told"
    is_first = not mark.exists()

    def is_orphan(root: str | None) -> bool:
        id = _id_of(root)
        return (root is None and is_first) or (id is not None and not (home(settings) / id).is_dir())

    cache_folders.remove_where(settings.cache_dir, is_orphan)
    if is_first and settings.cache_dir.is_dir():
        mark.touch()


def _id_of(root: str | None) -> str | None:
    """The set whose pictures lie there; None for a folder that is no visitor's.

    >>> _id_of("/srv/home/own/0123456789abcdef/pictures"), _id_of("/data/imagenette2-160"), _id_of(None)
    ('0123456789abcdef', None, None)
    """
    found = _ROOT.search(root or "")
    return found[1] if found else None
