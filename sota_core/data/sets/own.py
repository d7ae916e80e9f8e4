"""Data sets that visitors make of their own pictures: each has an owner, is limited in size, and expires.

A set is a folder below SOTA_HOME: `set.json` says whose it is and what was passed over, `pictures/` is the data set. In
recipes and addresses it has a name of its own, `own:<id>/<title>`, never the folder's; only its owner may use it. Where
its files are is in own_folders.py.
"""

import re
import secrets
import time
import zipfile
from dataclasses import asdict
from pathlib import Path

from sota_core import words
from sota_core.data import Progress
from sota_core.data.pictures.notes import sentence
from sota_core.data.sets import own_folders
from sota_core.data.sets.own_folders import ID, PICTURES, PREFIX, OwnSet
from sota_core.data.sets.zipped import presized_set
from sota_core.errors import ArchiveError, DiskFullError, NotYoursError, QuotaError, SourceError
from sota_core.language import N_, tr, tr_n
from sota_core.later import later
from sota_core.settings import Settings
from sota_core.system import clock
from sota_core.system.files import bytes_below, bytes_of, discard, place_atomically, require_disk, write_atomically
from sota_core.system.locks import held

LONGEST_TITLE = 40
SENT = "sent.zip"  # in a set's folder, until it has been read
MAX_SHARE = 3  # times the zip's own size: room required before it is read
MAKING_S = 3600.0  # an unfinished set that nothing has touched for so long is given up
ALIVE_S = 60.0  # a set's reader touches it this often, to show that it is alive
_DAY_S = 86_400.0
_SHARE_OF_A_NETWORK = 0.5  # of all that visitors' sets may take
_NO_ROOM = N_("There is no room here for more visitors' pictures at the moment; try again another day.")
_BUSY = N_("Many visitors' pictures are waiting to be read at the moment; try again in a few minutes.")
_SOURCE = re.compile(rf"{PREFIX}({ID.pattern})/([^/\0]{{1,{4 * LONGEST_TITLE}}})")


def is_own(source: str) -> bool:
    return source.startswith(PREFIX)


def folder_of(source: str, settings: Settings) -> Path:
    """Where the pictures lie.

    Raises
        SourceError  there is no such set: it was removed, or the text names none.
    """
    found = _SOURCE.fullmatch(source)
    folder = own_folders.home(settings) / found[1] / PICTURES if found else None
    if folder is None or not folder.is_dir():
        title = source.rpartition("/")[2]
        raise SourceError(
            later("the pictures '{title}' are gone: their owner removed them, or their time was up", title=title)
        )
    return folder


def said_of(source: str, settings: Settings) -> tuple[str, ...]:
    """What was passed over when the set was made; () for one that is no visitor's, or is gone."""
    found = _SOURCE.fullmatch(source)
    made = own_folders.read(own_folders.home(settings) / found[1]) if found else None
    return made.said if made else ()


def waiting(settings: Settings) -> list[OwnSet]:
    """The sets whose zip is still to be read."""
    home = own_folders.home(settings)
    return [made for made in own_folders.all_sets(settings) if not made.is_ready and (home / made.id / SENT).is_file()]


def used(source: str, settings: Settings) -> None:
    """Note that something is trained on it: its days are counted from now."""
    if found := _SOURCE.fullmatch(source):
        own_folders.touch(own_folders.home(settings) / found[1])


def own_sets(owner: str, settings: Settings) -> list[OwnSet]:
    """The owner's sets, the oldest first; those that are being made too."""
    mine = [found for found in own_folders.all_sets(settings) if found.owner == owner]
    return sorted(mine, key=lambda found: (found.created_at, found.id))


def is_owner(source: str, owner: str, settings: Settings) -> bool:
    """May this owner see these pictures and train on them? Of a set that is no visitor's: yes."""
    if not is_own(source):
        return True
    found = _SOURCE.fullmatch(source)
    made = own_folders.read(own_folders.home(settings) / found[1]) if found else None
    return made is not None and made.owner == owner


def begin(data: bytes, title: str, owner: str, settings: Settings, origin: str | None = None) -> OwnSet:
    """Keep a zip for `fill` to read, in the set's own folder, and count it against the owner's quota. Atomic.

    What is too old is removed first, so that a machine on which nothing is trained fills up no more than others.

    Raises
        QuotaError     the owner, their network or all together have reached a limit; carries .limit.
        ArchiveError   the zip is too large, or empty.
        DiskFullError  there is no room for it.
    """
    limits = settings.own_sets
    if not data:
        raise ArchiveError(tr("The file is empty."))
    if len(data) > limits.max_bytes:
        size = words.size_of(len(data))
        raise ArchiveError(tr("The zip has {size}; at most {most} MB are read.", size=size, most=limits.megabytes))
    made = OwnSet(secrets.token_hex(8), owner, title_of(title), time.time(), origin)
    try:
        require_disk("your pictures", own_folders.home(settings), MAX_SHARE * len(data) + settings.min_free_bytes)
    except DiskFullError as full:  # whose words name the folder
        raise DiskFullError(tr(_NO_ROOM), needed_bytes=full.needed_bytes, free_bytes=full.free_bytes) from full
    with held(_quota_lock(settings)):
        clear(settings)
        _require_quota(made, len(data), settings)
        folder = own_folders.home(settings) / made.id
        write_atomically(folder / SENT, data)
        own_folders.write(folder, made)
    return made


def fill(id: str, settings: Settings, on_progress: Progress) -> Path:
    """Read the zip that `begin` has kept; then the set is ready. Blocking; one at a time on this machine.

    If it fails, the set is removed, and no longer counts. While it waits or reads, `clear` leaves it alone.

    Raises
        SourceError    nothing of this id is to be read, or no more; and as presized_set.
        ArchiveError   as presized_set.
        DiskFullError  the disk is full.
        QuotaError     all together, or the owner's network, would have more than they may.
    """
    folder = own_folders.home(settings) / id
    made = own_folders.read(folder) if ID.fullmatch(id) else None
    sent = folder / SENT
    if made is None or not sent.is_file():
        raise _nothing_sent()
    work = folder / "reading"

    def report(done: int, total: int | None, stage: str) -> None:
        if time.time() - own_folders.touched(folder) > ALIVE_S:
            own_folders.touch(folder)
        on_progress(done, total, stage)

    try:
        with held(own_folders.home(settings) / "reading.lock", while_waiting=lambda: report(0, None, "turn")):
            if not sent.is_file():  # read by another process, or removed by its owner, while this one waited
                raise _nothing_sent()
            own_folders.touch(folder)
            discard(work)
            found = presized_set(sent, work, report, max_bytes=settings.own_sets.max_bytes)
            size = bytes_below(work)
            with held(_quota_lock(settings)):  # a set that its owner removes meanwhile must not come back
                if not sent.is_file():
                    raise _nothing_sent()
                _require_bytes(made, size, settings)
                place_atomically(work, folder / PICTURES)
                values = asdict(made) | {"is_ready": True, "size_bytes": size, "said": tuple(map(sentence, found))}
                own_folders.write(folder, OwnSet(**values))
    except BaseException:
        if not (folder / PICTURES).is_dir():
            discard(folder, ignore_errors=True)
        raise
    discard(sent)
    return folder / PICTURES


def _quota_lock(settings: Settings) -> Path:
    """The lock to hold while sets are added or removed."""
    return own_folders.home(settings) / "quota.lock"


def _nothing_sent() -> SourceError:
    return SourceError(later("there is no zip to be read; send it again"))


def remove(id: str, owner: str, settings: Settings) -> bool:
    """Remove a set with its pictures, those decoded for training too; False where there is none.

    Raises
        NotYoursError  it is somebody else's.
    """
    folder = own_folders.home(settings) / id
    made = own_folders.read(folder) if ID.fullmatch(id) else None
    if made is None:
        return False
    if made.owner != owner:
        raise NotYoursError(tr("only the owner of a set may remove it"))
    with held(_quota_lock(settings)):
        own_folders.discard_set(folder, settings)
    return True


def clear(settings: Settings, *, is_asked: bool = False) -> list[str]:
    """Remove what nothing was trained on for so many days, and what never became a set; the ids removed.

    is_asked  somebody has asked for it; else nothing is removed just after the clock has leapt
    """
    if not is_asked and not clock.is_steady(settings.home):
        return []
    now, gone = time.time(), []
    for folder in own_folders.folders(settings):
        keep_s = settings.own_sets.days * _DAY_S if own_folders.is_ready(folder) else MAKING_S
        if now - own_folders.touched(folder) > keep_s:
            own_folders.discard_set(folder, settings)
            gone.append(folder.name)
    for told in (settings.home / "downloads").glob("*.json"):  # statuses of readings that made no set
        if (
            ID.fullmatch(told.stem)
            and not (own_folders.home(settings) / told.stem).exists()
            and now - own_folders.touched(told) > MAKING_S
        ):
            own_folders.discard_set(own_folders.home(settings) / told.stem, settings)
    own_folders.discard_orphans(settings)
    return gone


def zipped(source: str, settings: Settings) -> bytes:
    """The set as a zip: its pictures as they are kept, in class folders.

    Raises
        SourceError  as folder_of.
    """
    import io

    folder, file = folder_of(source, settings), io.BytesIO()
    title = source.rpartition("/")[2]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:  # JPEG does not shrink
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(path, f"{title}/{path.relative_to(folder).as_posix()}")
    return file.getvalue()


def title_of(text: str) -> str:
    """A set's name: one printable line of bounded length that is one part of a path.

    >>> title_of(" my/birds \\n.zip"), title_of("..")
    ('my birds .zip', 'My pictures')
    """
    plain = " ".join("".join(c if c.isprintable() and c not in "/\\" else " " for c in text).split())
    return plain[:LONGEST_TITLE].strip(" .") or "My pictures"


def _require_quota(made: OwnSet, n_bytes: int, settings: Settings) -> None:
    """Raise QuotaError if a set with a zip of n_bytes would pass a limit: its owner's, its network's, or all sets'."""
    there = own_folders.all_sets(settings)
    limits = settings.own_sets
    mine = sum(found.owner == made.owner for found in there)
    if mine >= limits.most:
        raise QuotaError(
            tr_n(
                "You have {n} set of your own, and {most} is the limit; remove one first.",
                "You have {n} sets of your own, and {most} is the limit; remove one first.",
                mine,
                most=limits.most,
            )
            if limits.most
            else tr("This server takes no pictures from visitors."),
            limit=limits.most,
        )
    # A new owner costs nothing, only a request without a cookie: so owners are also limited by their network.
    n_waiting, limit = sum(not found.is_ready for found in _near(made, there)), settings.limits.max_live_by_address
    if n_waiting >= limit:
        said = tr("{n} sets from your network are waiting to be read, and {limit} is the limit; try again in a "
                  "few minutes.",
                  n=n_waiting, limit=limit)  # fmt: skip
        raise QuotaError(said, limit=limit)
    _require_bytes(made, n_bytes, settings)
    _require_bytes(made, n_bytes, settings, with_waiting=True)


def _near(made: OwnSet, sets: list[OwnSet]) -> list[OwnSet]:
    """The sets from the same network; none if that is this machine."""
    return [found for found in sets if made.origin is not None and found.origin == made.origin]


def _require_bytes(made: OwnSet, n_bytes: int, settings: Settings, *, with_waiting: bool = False) -> None:
    """Require room for n_bytes more: in all that visitors' sets may take, and in the share of its network.

    with_waiting  count zips that are still to be read too, by their own size; what each becomes is checked later

    Raises
        QuotaError  there is no room.
    """
    home, most = own_folders.home(settings), settings.own_sets.gigabytes * 10**9

    def size(found: OwnSet) -> int:
        waiting = bytes_of(home / found.id / SENT) if with_waiting else 0
        return found.size_bytes if found.is_ready else waiting

    there = own_folders.all_sets(settings)
    taken, near = (sum(map(size, some)) for some in (there, _near(made, there)))
    if taken + n_bytes > most or near + n_bytes > _SHARE_OF_A_NETWORK * most:
        said = tr(_BUSY) if with_waiting else tr(_NO_ROOM)
        raise QuotaError(said, limit=settings.own_sets.gigabytes)
