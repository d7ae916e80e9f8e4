"""Where a data set lies, and how it gets there: resolve, ensure, describe.

Blocking and without a screen; downloads that outlive a page are started by background.py.
"""

import errno
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sota_core.data import Progress
from sota_core.data.pictures.listing import list_pictures
from sota_core.data.pictures.notes import sentence
from sota_core.data.sample.drawn_set import ensure_drawn
from sota_core.data.sample.drawn_sets import DRAWN
from sota_core.data.sets import own
from sota_core.data.sets.catalog import SOURCES, Source
from sota_core.data.sets.download import WAITS_S, download, etag_file, verify
from sota_core.data.sets.unpack import unpack
from sota_core.errors import ArchiveError, ChecksumError, SourceError
from sota_core.language import tr
from sota_core.later import later, told_by
from sota_core.paths import expanded
from sota_core.settings import Settings
from sota_core.system.files import bytes_of, discard, disk_full_told, place_atomically, require_disk
from sota_core.system.locks import held

UNUSABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}
WORK_FOLDER = ".sota-lab"  # inside the data folder, so that the last step is a rename on one disk


@dataclass(frozen=True)
class Presence:
    """What this machine has of one data set.

    size_bytes      on the disk; 0 where absent
    download_bytes  of the archive; 0 where nothing is downloaded
    n_train, n_valid  counted where present (all pictures are in n_train if the folder has no split),
                    else as published
    class_counts    display name → pictures, both parts together; empty where absent
    problem         why a folder that is there cannot be used, else None
    notes           sentences on what in it is passed over, or is used otherwise than its name says
    """

    id: str
    title: str
    about: str
    present: bool
    path: Path | None
    size_bytes: int
    download_bytes: int
    n_train: int
    n_valid: int
    has_split: bool
    class_counts: dict[str, int] = field(default_factory=dict)
    problem: str | None = None
    notes: tuple[str, ...] = ()


def resolve(source: str | Path | Source, settings: Settings) -> Path | None:
    """Where a data set lies, None if it has to be fetched first. Looks only at the folder, opens no picture.

    Raises
        SourceError  neither the id of a data set nor a folder; a visitor's own set that is not here any more.
    """
    known = _known(source)
    if known is None and own.is_own(str(source)):
        return own.folder_of(str(source), settings)
    if known is None:
        folder = expanded(str(source))
        if folder.is_dir():
            return folder.absolute()
        raise SourceError(
            later(
                "unknown data set '{source}': expected one of {known}, or a folder of class folders",
                source=str(source),
                known=", ".join(SOURCES),
            )
        )
    target = _target(known, settings)
    return target if _is_there(known, target) else None


def ensure(
    source: str | Path | Source,
    settings: Settings,
    on_progress: Progress | None = None,
    *,
    waits: Sequence[float] = WAITS_S,
    helps: bool = False,
) -> Path:
    """The folder of a data set, fetched or drawn if it is not there. Blocking.

    Atomic: fetched, checked, unpacked and counted aside, then renamed. If it is killed at any point, the next
    call goes on; a second caller waits for the first. on_progress gets done, total and a stage:
    wait | download | verify | unpack (bytes), or generate (pictures).

    helps  while another process draws the set, this one draws too (see ensure_drawn); not in a web server

    Raises
        SourceError    unknown, or its place is taken by something else, or the data folder cannot be written.
        DownloadError, ChecksumError, ArchiveError, DiskFullError  see download.py, unpack.py, files.py.
    """
    there = resolve(source, settings)
    known = _known(source)
    if there is not None or known is None:
        assert there is not None  # resolve has raised for an unknown name
        own.used(str(source), settings)
        return there
    report = on_progress or _silent
    if known.url is None:
        return ensure_drawn(DRAWN[known.id], settings, report, helps=helps)
    target = _target(known, settings)
    try:
        lock = settings.data_dir / WORK_FOLDER / f"{known.id}.lock"
        with held(lock, while_waiting=lambda: report(0, None, "wait")):
            if not _is_there(known, target):
                _fetch(known, target, report, waits)
    except OSError as error:
        if error.errno not in UNUSABLE:
            raise
        raise SourceError(
            later(
                "ensure('{id}'): {folder} cannot be used ({error}); set SOTA_DATA_DIR to a folder of your own",
                id=known.id,
                folder=str(settings.data_dir),
                error=str(error.strerror),
            )
        ) from error
    return target


def describe(source: str | Path | Source, settings: Settings) -> Presence:
    """What this machine has of a data set, counted; lists every file, so keep the answer for a while.

    Raises
        SourceError  as resolve; a folder that is there but unusable is told in .problem instead.
    """
    path, known = resolve(source, settings), _known(source)
    name = known.id if known else str(path)
    title, about = (
        (tr(known.title), tr(known.about)) if known else (path.name if path else name, tr("A folder of yours."))
    )
    said: tuple[str, ...] = ()
    if own.is_own(str(source)):
        name = str(source)
        title, about, said = (
            name.rpartition("/")[2],
            tr("Pictures of your own, which only you see."),
            own.said_of(name, settings),
        )
    download_bytes = known.size_bytes if known else 0
    n_train, n_valid = (known.n_train, known.n_valid) if known else (0, 0)
    if path is None:
        return Presence(name, title, about, False, None, 0, download_bytes, n_train, n_valid, True)
    try:
        listing = list_pictures(path)
    except SourceError as error:
        return Presence(name, title, about, True, path, 0, download_bytes, 0, 0, False, problem=told_by(error))
    n_valid = int(np.count_nonzero(listing.is_valid)) if listing.is_valid is not None else 0
    counts = Counter(listing.labels.tolist())
    return Presence(
        name,
        title,
        about,
        True,
        path,
        sum(map(bytes_of, listing.paths)),
        download_bytes,
        len(listing) - n_valid,
        n_valid,
        listing.is_valid is not None,
        {shown: counts[label] for label, shown in enumerate(listing.display_names)},
        notes=(*said, *map(sentence, listing.notes)),
    )


def local_folders(settings: Settings) -> list[Path]:
    """The data sets the operator offers to visitors: each of SOTA_LOCAL_ROOTS, or every one in it."""
    found = []
    for root in settings.local_roots:
        try:
            inside = [f for f in sorted(root.iterdir()) if f.is_dir() and not f.is_symlink()]
        except OSError:  # no folder, or not ours to read: the others are offered all the same
            continue
        own = _set_at(root)
        if own is None:
            found += [folder for folder in inside if _set_at(folder) is not None]
        else:
            found.append(own)
    return found


def _set_at(folder: Path) -> Path | None:
    """The folder if it is a data set, or the one folder in it that is; else None. Whoever names it is told why."""
    try:
        return folder / list_pictures(folder).layout.base
    except SourceError:
        return None


def _known(source: str | Path | Source) -> Source | None:
    return source if isinstance(source, Source) else SOURCES.get(str(source))


def _target(known: Source, settings: Settings) -> Path:
    return DRAWN[known.id].folder(settings) if known.url is None else settings.data_dir / known.id


def _is_there(known: Source, target: Path) -> bool:
    """Are both parts there, with all classes? That is enough: we and fastai both put a set in place whole."""
    parts = [target / "train", *(target / name for name in ("val", "valid") if (target / name).is_dir())]
    return len(parts) == 2 and all(
        part.is_dir() and sum(f.is_dir() and not f.name.startswith(".") for f in part.iterdir()) == known.n_classes
        for part in parts
    )


def _fetch(known: Source, target: Path, report: Progress, waits: Sequence[float]) -> None:
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        said = later(
            "ensure('{id}'): {folder} exists and is not this data set; move it away and try again",
            id=known.id,
            folder=str(target),
        )
        raise SourceError(said)
    work, who = target.parent / WORK_FOLDER, f"ensure('{known.id}')"
    archive, unpacked = work / f"{known.id}.tgz", work / f"{known.id}.unpacking"
    discard(unpacked)  # we hold the lock: whoever left this is dead
    have = archive.stat().st_size if archive.exists() else 0
    missing = max(known.size_bytes - have, 0)
    require_disk(who, target.parent, missing + known.unpacked_bytes)
    with disk_full_told(who, archive, missing + known.unpacked_bytes):
        download(known, archive, report, waits)
    try:
        verify(known, archive, report)
        # If the disk is full, the archive, which is right, stays, and the unpacked part is removed.
        with disk_full_told(who, unpacked, known.unpacked_bytes):
            unpack(archive, unpacked, report)
            place_atomically(_counted(known, unpacked), target)
    except (ChecksumError, ArchiveError):
        discard(archive)  # it would fail again
        raise
    finally:
        discard(unpacked)
    discard(archive)
    discard(etag_file(archive))


def _counted(known: Source, unpacked: Path) -> Path:
    """The data set inside the unpacked folder, once its pictures have been counted."""
    folders = [f for f in unpacked.iterdir() if f.is_dir()]
    root = folders[0] if len(folders) == 1 else unpacked
    try:
        listing = list_pictures(root)
    except SourceError as error:
        said = later("ensure('{id}'): the archive holds no such data set ({error})", id=known.id, error=told_by(error))
        raise ArchiveError(said) from error
    n_valid = 0 if listing.is_valid is None else int(listing.is_valid.sum())
    if (len(listing) - n_valid, n_valid) != (known.n_train, known.n_valid):
        raise ArchiveError(
            later(
                "ensure('{id}'): expected {expected} pictures (train + val), found {found}; nothing was kept, try "
                "again",
                id=known.id,
                expected=f"{known.n_train} + {known.n_valid}",
                found=f"{len(listing) - n_valid} + {n_valid}",
            )
        )
    return root


def _silent(done: int, total: int | None, stage: str) -> None:
    pass
