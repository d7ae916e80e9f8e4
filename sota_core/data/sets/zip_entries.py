"""What a zip's list of files says: how long it is, what each file is called, and which of them are not read."""

import stat
import struct
import unicodedata
import zipfile
from collections.abc import Iterator
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
        ArchiveError  no zip; or one whose list of files is too long to be read.
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
    if index_bytes > MAX_INDEX_BYTES or (at >= 20 and tail[at - 20 : at - 16] == _END_64):
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


def variants(name: str) -> Iterator[str]:
    """The names a folder may be kept under: the first that is free."""
    clean = cleaned(name)
    yield clean
    for i in range(2, MAX_FILES + 2):
        yield f"{clean} ({i})"
