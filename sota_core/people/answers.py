"""Answers to the questionnaire that people show to the teacher of their room: with consent, under a name, a file each.

They lie below SOTA_HOME and not in the store, whose copies and exports go further than one room. Taking the consent
back removes the file.
"""

import contextlib
import math
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from sota_core.errors import QuotaError
from sota_core.language import tr
from sota_core.people.rooms import MOST_ROOMS, nickname_of, require_room
from sota_core.system.files import discard, read_json, write_json

KEPT_S = 180 * 86_400.0
MOST = 1_000  # people of one room; guesses have the same limit
LONGEST = 600  # characters of `word`; no more of an address are read either
_OWNER = re.compile(r"(?:web|user)-[0-9a-f]{20}")


@dataclass(frozen=True, slots=True)
class Shown:
    """What one person shows.

    word  all answers as learn/progress.py writes them
    done  ids of the questions that ask for a deed which is known to be done
    """

    name: str
    word: str
    done: tuple[str, ...]
    at: float


def show(home: Path, room: str, owner: str, name: str, word: str, done: tuple[str, ...] = ()) -> bool:
    """Keep this owner's answers in this room, in place of those kept before. Atomic.

    False if nothing is kept: no name, an owner that is not one of the app's visitors, or a full room.

    Raises
        QuotaError  this owner shows answers in MOST_ROOMS other rooms.
    """
    file, plain = _file(home, room, owner), nickname_of(name)
    if file is None or plain is None:
        return False
    if not file.exists():
        if len(list(file.parent.glob("*.json"))) >= MOST:
            return False
        _require_few_rooms(home, owner)
    there = _read(file)
    if there is None or (there.name, there.word, there.done) != (plain, word[:LONGEST], done):
        write_json(file, asdict(Shown(plain, word[:LONGEST], done, time.time())))
    return True


def _require_few_rooms(home: Path, owner: str) -> None:
    shown_in = sorted((home / "rooms").glob(f"*/{owner}.json"), key=_written_at)
    if len(shown_in) >= MOST_ROOMS:
        said = tr(
            "You show your answers in {n} rooms, as many as one person may; untick that in one of them first, such as "
            "{code}.",
            n=len(shown_in),
            code=shown_in[0].parent.name,
        )
        raise QuotaError(said, limit=MOST_ROOMS)


def hide(home: Path, room: str, owner: str) -> None:
    """Take the consent back: what was kept is removed."""
    if (file := _file(home, room, owner)) is not None:
        discard(file, ignore_errors=True)


def own(home: Path, room: str, owner: str) -> Shown | None:
    """What this owner shows in this room; None where they have not consented."""
    file = _file(home, room, owner)
    return None if file is None else _read(file)


def shown(home: Path, room: str) -> list[Shown]:
    """What everybody in the room shows, sorted by name."""
    folder = home / "rooms" / require_room("shown", room)
    found = [one for file in folder.glob("*.json") if (one := _read(file)) is not None]
    return sorted(found, key=lambda one: (one.name.casefold(), one.at))


def any_shown(home: Path, room: str) -> bool:
    """Does anybody show answers in this room?"""
    return any((home / "rooms" / require_room("any_shown", room)).glob("*.json"))


def clear(home: Path, now: float | None = None) -> int:
    """Remove answers older than KEPT_S, and folders of rooms that have been empty for as long; how many answers."""
    oldest = (time.time() if now is None else now) - KEPT_S
    old = [file for file in (home / "rooms").glob("*/*.json") if _written_at(file) < oldest]
    for folder in (home / "rooms").glob("*"):
        if _written_at(folder) < oldest:
            with contextlib.suppress(OSError):  # not empty
                folder.rmdir()
    for file in old:
        discard(file, ignore_errors=True)
    return len(old)


def _written_at(path: Path) -> float:
    """When a file or folder was last written; never old (infinity) if it is gone, as after a consent taken back."""
    try:
        return path.stat().st_mtime
    except OSError:
        return math.inf


def _file(home: Path, room: str, owner: str) -> Path | None:
    return home / "rooms" / require_room("answers", room) / f"{owner}.json" if _OWNER.fullmatch(owner) else None


def _read(file: Path) -> Shown | None:
    values = read_json(file)
    try:
        return Shown(str(values["name"]), str(values["word"]), tuple(values["done"]), float(values["at"]))
    except (TypeError, KeyError, ValueError):
        return None
