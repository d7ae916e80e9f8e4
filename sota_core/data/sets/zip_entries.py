"""What a zip's list of files says: how long it is, what each file is called, and which of them are not read."""

import itertools
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from sota_core.data.pictures import notes
from sota_core.data.pictures.names import is_hidden, is_picture, is_unread_picture
from sota_core.errors import ArchiveError
from sota_core.later import later

MAX_FILES = 20_000
MAX_DEPTH = 12  # folders in one another
MAX_INDEX_BYTES = 4 * 2**20  # Python makes an object of each entry before anybody can count them
LONGEST_NAME = 100  # bytes of a folder's name; a disk takes 255
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
_END_BYTES = 22


def refuse_index(archive: Path) -> None:
    """Check the archive's end, where zipfile looks too, before zipfile reads it.

    Raises
        ArchiveError  no zip; one written as zip64; or one whose list of files is too long to be read.
    """
    size = archive.stat().st_size
    with archive.open("rb") as file:
        file.seek(max(0, size - (1 << 16) - _END_BYTES))
        tail = file.read()
    at = len(tail) - _END_BYTES
    if not (at >= 0 and tail[at : at + 4] == _END and tail.endswith(b"\0\0")):
        at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        raise ArchiveError(later("The file is no zip, or it is cut off; pack the folder again."))
    (index_bytes,) = struct.unpack_from("<L", tail, at + 12)
    if at >= 20 and tail[at - 20 : at - 16] == _END_64:
        raise ArchiveError(
            later("The zip is written as zip64, which is not read here; pack the folder with another program.")
        )
    if index_bytes > MAX_INDEX_BYTES:
        raise ArchiveError(
            later("The zip's list of files is too long; at most {most} files are read. Pack fewer.", most=MAX_FILES)
        )


def kind_of(entry: zipfile.ZipInfo, folders: list[str], file: str) -> str | None:
    """Which rule passes this entry over; None for one that is read."""
    mode = entry.external_attr >> 16
    if any(is_hidden(part) for part in (*map(cleaned, folders), file)):
        return notes.HIDDEN
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return notes.LINKED
    if not is_picture(file):
        return notes.FORMAT if is_unread_picture(file) else notes.OTHER
    if not folders:
        return notes.LOOSE
    return notes.BROKEN if len(folders) > MAX_DEPTH else None


def name_of(entry: zipfile.ZipInfo) -> str:
    """The entry's path with `/`, in composed Unicode, as its packer meant it: some write UTF-8 without saying so."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def parts_of(name: str) -> list[str]:
    """The path's folders and file as they would be kept: ` ..` becomes `..` only when it is cleaned."""
    return [cleaned(part) for part in PurePosixPath(name).parts]


def cleaned(name: str) -> str:
    """One printable line of bounded length."""
    text = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return text.encode()[:LONGEST_NAME].decode(errors="ignore").strip() or "unnamed"


def told_apart(folders: Iterable[Sequence[str]]) -> dict[str, str]:
    """Folders' names that would be kept as one, where they lie beside each other → the names that keep them apart.

    A name becomes the same one in every folder: a class stays itself in `train/` and in `valid/`, in whatever order
    the archive holds them.

    >>> told_apart([("train", "cat"), ("train", "cat\\x00"), ("valid", "cat\\x00"), ("valid", "dog")])
    {'cat': 'cat', 'cat\\x00': 'cat (2)'}
    """
    read = {tuple(folder[:MAX_DEPTH]) for folder in folders}  # below that, nothing is
    paths = {folder[:depth] for folder in read for depth in range(1, len(folder) + 1)}
    beside: dict[tuple[object, str], set[str]] = {}  # in which folder, kept as what → the archive's own names
    for *above, own in paths:
        beside.setdefault((tuple(above), cleaned(own)), set()).add(own)
    equal = {name for names in beside.values() if len(names) > 1 for name in names}
    plain = {clean for _, clean in beside}
    kept: dict[str, str] = {}
    free: dict[str, Iterator[str]] = {}
    for name in sorted(equal, key=lambda name: (name != cleaned(name), name)):  # whose own name it is keeps it
        clean = cleaned(name)
        numbered = (new for i in itertools.count(2) if (new := f"{clean} ({i})") not in plain)
        kept[name] = next(free.setdefault(clean, itertools.chain([clean], numbered)))
    return kept
