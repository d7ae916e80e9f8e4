"""A visitor's zip of class folders becomes presized pictures in a folder of ours, trusting nothing that it holds.

Nothing is unpacked: the bytes of each file that can be a picture are read and decoded once, as uploads are (images.py),
and only the pixels are kept, under names of our own. Folders' names are read as in any other folder (folders.py).
"""

import re
import struct
import time
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from sota_core.data import Progress
from sota_core.data.pictures import images, notes
from sota_core.data.pictures.decoding import undecodable
from sota_core.data.pictures.folders import Layout, find_layout
from sota_core.data.pictures.listing import list_pictures
from sota_core.data.pictures.names import is_hidden
from sota_core.data.pictures.notes import Note
from sota_core.data.sets.unpack import MAX_GROWTH, MIN_LIMIT_BYTES
from sota_core.data.sets.zip_entries import (
    MAX_DEPTH,
    MAX_FILES,
    cleaned,
    kind_of,
    name_of,
    parts_of,
    refuse_index,
    told_apart,
)
from sota_core.errors import ArchiveError, ImageError, SourceError
from sota_core.later import Later, core_of, later
from sota_core.system.files import discard

PRESIZE = 460  # the chapter's: what its Resize gives every picture before it is augmented
QUALITY = 92
SMALL_PX = 96  # up to this longer side JPEG's blocks are seen, and PNG costs little
MAX_PICTURES = 5_000
MAX_SECONDS = 180.0  # 3,157 small pictures took 30 on a very busy machine; others wait meanwhile
TRAIN, VALID = "train", "valid"

# What zipfile raises for an entry that is cut off, damaged, protected, or of a kind it does not know.
_BAD_ENTRY = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)
_BAD_ZIP = (*_BAD_ENTRY, OSError, KeyError, OverflowError)
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others let the archive say how much memory they take
_DRIVE = re.compile("[A-Za-z]:/")


def too_slow() -> Later:
    return later("Reading took more than {n} minutes; pack fewer or smaller pictures.", n=round(MAX_SECONDS / 60))


def presized_set(archive: Path, folder: Path, on_progress: Progress, *, max_bytes: int) -> tuple[Note, ...]:
    """Read the archive's pictures into a new `folder`: `train/<class>/…` and `valid/<class>/…`, or `<class>/…`.

    Blocking, not atomic; writes below `folder` alone. Returns what was passed over, kept apart or used otherwise than
    its name says, with the archive's own names as examples. A file that is no picture, or a broken one, is passed over
    however many there are.

    max_bytes  of the pictures as they are kept

    Raises
        ArchiveError  no zip, cut off, protected by a password; too many files, too large unpacked, or too slow; a name
                      that leads out of the folder.
        SourceError   what is left is no data set: as list_pictures, without a path of ours.
    """
    reader = _Reader(archive, folder / ".raw", on_progress, max_bytes)
    try:
        reader.read()
        found = reader.sorted_into(folder)
    finally:
        discard(reader.raw, ignore_errors=True)
    return found


class _Reader:
    """One archive on its way into a folder."""

    def __init__(self, archive: Path, raw: Path, on_progress: Progress, max_bytes: int) -> None:
        self.archive, self.raw, self.on_progress, self.max_bytes = archive, raw, on_progress, max_bytes
        self.budget = max(archive.stat().st_size * MAX_GROWTH, MIN_LIMIT_BYTES)
        self.kept_bytes = 0
        self.deadline = time.monotonic() + MAX_SECONDS
        self.counted: dict[str, tuple[int, str, list[str]]] = {}  # kind → how many, the first, what else is said
        self.names: dict[str, str] = {}  # a stored path → the archive's
        self.apart: dict[str, str] = {}  # names of folders that would be kept as one → as they are kept
        self.promised: set[tuple[str, ...]] = set()  # folders of the archive that should hold pictures

    def read(self) -> None:
        self.raw.mkdir(parents=True)
        refuse_index(self.archive)
        try:
            with zipfile.ZipFile(self.archive) as opened:
                entries = opened.infolist()
                self._refuse_all(entries)
                self.apart = told_apart({PurePosixPath(name_of(entry)).parts[:-1] for entry in entries})
                for i, entry in enumerate(entries):
                    self._take(opened, entry)
                    self.on_progress(i + 1, len(entries), "read")
        except _BAD_ZIP as bad:
            if isinstance(bad, OSError) and bad.errno is not None:
                raise  # our own disk's
            said = later("The file is no zip, or it is cut off or damaged; pack the folder again.")
            raise ArchiveError(said) from bad

    def _refuse_all(self, entries: list[zipfile.ZipInfo]) -> None:
        """Refuse, before anything is read, what no honest archive has."""
        if len(entries) > MAX_FILES:
            said = later(
                "The zip holds {n} files; at most {most} are read. Pack fewer.", n=len(entries), most=MAX_FILES
            )
            raise ArchiveError(said)
        for entry in entries:
            name = name_of(entry)
            if name.startswith("/") or _DRIVE.match(name) or ".." in parts_of(name):
                said = later("'{name}' leads out of the zip's own folder; nothing was kept.", name=cleaned(name))
                raise ArchiveError(said)

    def _promise(self, folders: list[str]) -> None:
        if len(folders) <= MAX_DEPTH and not any(is_hidden(cleaned(part)) for part in folders):
            self.promised |= {tuple(folders[:depth]) for depth in range(1, len(folders) + 1)}

    def _take(self, opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
        name = name_of(entry)
        *folders, file = PurePosixPath(name).parts or ("",)
        if name.endswith("/"):
            return self._promise([*folders, file])
        self._promise(folders)
        kind = kind_of(entry, folders, file)
        if kind is not None:
            return self._note(kind, name, Path(file).suffix.lower() if kind == notes.FORMAT else "")
        if time.monotonic() > self.deadline:
            raise ArchiveError(too_slow())
        below = self._folder(folders)
        try:
            with undecodable(lambda why: ImageError("")):  # a damaged entry, of which zipfile's own words say little
                picture = images.open_upload_presized(self._bytes(opened, entry), PRESIZE).image
        except ImageError as bad:
            return self._note(notes.BROKEN, name, "" if notes.BROKEN in self.counted else core_of(bad))
        if len(self.names) == MAX_PICTURES:
            raise ArchiveError(later("The zip holds more than {n} pictures. Pack fewer.", n=MAX_PICTURES))
        is_small = max(picture.size) <= SMALL_PX
        path = self.raw / below / f"{len(self.names) + 1:05}{'.png' if is_small else '.jpg'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, **({"format": "PNG"} if is_small else {"format": "JPEG", "quality": QUALITY}))
        self.names[path.relative_to(self.raw).as_posix()] = cleaned(name)
        self.kept_bytes += path.stat().st_size
        if self.kept_bytes > self.max_bytes:
            said = later(
                "The pictures take more than {n} MB, with their shorter side at most {side} pixels. Pack fewer.",
                n=round(self.max_bytes / 2**20), side=PRESIZE,
            )  # fmt: skip
            raise ArchiveError(said)

    def _bytes(self, opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
        """The entry's bytes, at most one more than a picture may have; the size in its header is not believed."""
        if entry.compress_type not in _PLAIN:
            raise ImageError(later("packed in a way that is not read; use an ordinary zip"))
        if entry.flag_bits & 0x1:
            raise ImageError(later("protected by a password"))
        with opened.open(entry) as stream:
            data = stream.read(min(images.MAX_BYTES, self.budget) + 1)
        self.budget -= len(data)
        if self.budget < 0:
            raise ArchiveError(later("The zip grows beyond {n} times its size; nothing was kept.", n=MAX_GROWTH))
        return data

    def _folder(self, parts: list[str]) -> str:
        """A folder of the archive as it is kept: two that differ stay two, whatever is taken out of their names."""
        return "/".join(self.apart.get(part, cleaned(part)) for part in parts)

    def _note(self, kind: str, name: str, about: str = "") -> None:
        n, first, more = self.counted.get(kind, (0, cleaned(name), []))
        self.counted[kind] = n + 1, first, [*more, about] if about and about not in more else more

    def sorted_into(self, folder: Path) -> tuple[Note, ...]:
        """Move the pictures that list_pictures finds in the raw folder to their places; the rest is only counted."""
        self._drop_lost_classes()
        if not self.names:
            raise SourceError(self._with_broken(later("The zip holds no JPEG, PNG or WebP picture in a class folder.")))
        try:
            listing = list_pictures(self.raw)
        except SourceError as bad:
            raise SourceError(self._with_broken(later("{what}.", what=core_of(bad)))) from None
        is_split = listing.is_valid is not None
        for i, path in enumerate(listing.paths):
            part = "" if listing.is_valid is None else VALID if listing.is_valid[i] else TRAIN
            target = folder / part / listing.classes[listing.labels[i]] / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
        self._require_the_same(folder, listing.classes, len(listing), is_split)
        told = [
            Note(note.kind, note.count, self.names.get(note.example, note.example), note.about)
            for note in listing.notes
        ]
        return (*told, *self._notes())

    def _drop_lost_classes(self) -> None:
        """Remove a class from validation if its training pictures are all broken, so that the set can still be used."""
        kept = {parts: self._folder(list(parts)) for parts in sorted(self.promised)}
        lost = {parts: below for parts, below in kept.items() if not (self.raw / below).is_dir()}
        for parts, below in lost.items():
            if parts[:-1] not in lost:  # of folders in one another the outer one
                self._note(notes.EMPTY, below)
        try:
            layout = find_layout(self.raw)
        except SourceError:
            return  # said by list_pictures
        if layout.valid is None:
            return
        for below in map(PurePosixPath, lost.values()):
            if str(below.parent) == layout.train:
                discard(self.raw / layout.valid / below.name)

    def _with_broken(self, said: Later) -> Later:
        """The sentence, and the files that were passed over: the likely cause where there is no data set."""
        kinds = (notes.BROKEN, notes.FORMAT, notes.OTHER, notes.LOOSE)
        for note in self._notes():
            if note.kind in kinds:
                said = later("{what} {note}", what=said, note=notes.sentence(note))
        return said

    def _notes(self) -> list[Note]:
        return [
            Note(kind, n, first, about[0] if len(about) == 1 else ", ".join(sorted(about)))
            for kind, (n, first, about) in self.counted.items()
        ]

    def _require_the_same(self, folder: Path, classes: tuple[str, ...], n: int, is_split: bool) -> None:
        """Require that the sorted folder lists as the archive did: a class `test` beside a class `train` would not."""
        discard(self.raw)
        layout = Layout(train=TRAIN, valid=VALID) if is_split else Layout()
        try:
            again = list_pictures(folder)
        except SourceError:
            again = None
        if again is None or (again.classes, len(again), again.layout) != (classes, n, layout):
            said = later("The names of its classes and of its parts cannot be told apart; rename the folders.")
            raise SourceError(said)
