"""Answers to the questionnaire that somebody shows to the teacher of their room: with consent, by a name, a file each.

Below SOTA_HOME and not in the store, whose copies and exports go further than one room. Who takes the consent back
takes the file away.
"""

import contextlib
import math
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from sota_core.people.rooms import nickname_of, require_room
from sota_core.system.files import discard, read_json, write_json

KEPT_S = 180 * 86_400.0
MOST = 1_000  # of one room, as guesses
LONGEST = 600  # characters: what an address may say of answers
_OWNER = re.compile(r"(?:web|user)-[0-9a-f]{20}")


@dataclass(frozen=True, slots=True)
class Shown:
    """What one person shows.

    word  all answers as learn/progress.py writes them
    done  of which deeds it is known that they were done, by the questions' ids
    """

    name: str
    word: str
    done: tuple[str, ...]
    at: float


def show(home: Path, room: str, owner: str, name: str, word: str, done: tuple[str, ...] = ()) -> bool:
    """Keep what this owner answers in this room, in place of what was kept of them. Atomic.

    False where nothing is kept: no name, no such owner, or the room is full.
    """
    file, plain = _file(home, room, owner), nickname_of(name)
    if file is None or plain is None or (not file.exists() and len(list(file.parent.glob("*.json"))) >= MOST):
        return False
    there = _read(file)
    if there is None or (there.name, there.word, there.done) != (plain, word[:LONGEST], done):
        write_json(file, asdict(Shown(plain, word[:LONGEST], done, time.time())))
    return True


def hide(home: Path, room: str, owner: str) -> None:
    """Take the consent back: what was kept is gone."""
    if (file := _file(home, room, owner)) is not None:
        discard(file, ignore_errors=True)


def own(home: Path, room: str, owner: str) -> Shown | None:
    """What this owner shows in this room; None where they have not consented."""
    file = _file(home, room, owner)
    return None if file is None else _read(file)


def shown(home: Path, room: str) -> list[Shown]:
    """What everybody in the room shows, by their names."""
    folder = home / "rooms" / require_room("shown", room)
    found = [one for file in folder.glob("*.json") if (one := _read(file)) is not None]
    return sorted(found, key=lambda one: (one.name.casefold(), one.at))


def clear(home: Path, now: float | None = None) -> int:
    """Remove what is older than KEPT_S, and the folders of rooms that have been empty for as long; how many were."""
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
    """For ever from now on for what has gone: somebody takes a consent back at any moment."""
    try:
        return path.stat().st_mtime
    except OSError:
        return math.inf


def _file(home: Path, room: str, owner: str) -> Path | None:
    return home / "rooms" / require_room("answers", room) / f"{owner}.json" if _OWNER.fullmatch(owner) else None


def _read(file: Path) -> Shown | None:
    values = read_json(file)
    try:
        return Shown(values["name"], values["word"], tuple(values["done"]), values["at"])
    except (TypeError, KeyError):
        return None
