"""A verified .tgz into a folder, trusting nothing that it holds.

Only plain files and folders below the target. Not here: what they mean (fetching.py).
"""

import gzip
import tarfile
import zlib
from pathlib import Path, PurePosixPath

from sota_core.data import Progress
from sota_core.errors import ArchiveError
from sota_core.later import later

MAX_GROWTH = 20  # JPEG hardly shrinks in a .tgz; an archive that grows more is no data set
MIN_LIMIT_BYTES = 100 * 2**20


def unpack(archive: Path, folder: Path, on_progress: Progress) -> None:
    """Unpack archive into folder, which is created. Blocking, not atomic: unpack beside, then rename.

    Python's `data` filter keeps members inside the folder and drops owners and odd modes; on top of it
    every link and every absolute or `../` name is refused, since no data set needs one. Read to the last
    byte, so that the gzip checksum of the whole stream has been compared.

    Raises
        ArchiveError  not a .tgz, cut off, damaged, or with a member that is refused (named).
    """
    folder.mkdir(parents=True, exist_ok=True)
    size = archive.stat().st_size
    budget = max(size * MAX_GROWTH, MIN_LIMIT_BYTES)
    try:
        with (
            archive.open("rb") as raw,
            gzip.GzipFile(fileobj=raw) as stream,
            tarfile.open(fileobj=stream, mode="r|") as tar,
        ):
            for member in tar:
                _refuse_odd(archive, member)
                budget -= member.size
                if budget < 0:
                    raise ArchiveError(
                        later("unpack('{file}'): grows beyond {n} times its size", file=archive.name, n=MAX_GROWTH)
                    )
                tar.extract(member, folder, filter="data")
                on_progress(raw.tell(), size, "unpack")
            while stream.read(1 << 20):
                pass
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ArchiveError(
            later(
                "unpack('{file}'): cut off, damaged or not a .tgz ({error}); nothing was kept, try again",
                file=archive.name,
                error=str(error),
            )
        ) from error


def _refuse_odd(archive: Path, member: tarfile.TarInfo) -> None:
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts:
        raise ArchiveError(
            later(
                "unpack('{file}'): '{name}' leads out of the folder; nothing was kept",
                file=archive.name,
                name=member.name,
            )
        )
    if not (member.isfile() or member.isdir()):
        raise ArchiveError(
            later(
                "unpack('{file}'): '{name}' is a link or a device, not a file; nothing was kept",
                file=archive.name,
                name=member.name,
            )
        )
