"""Names of signed-in owners, for people to read: one small file each below SOTA_HOME.

They are not in the store: it knows owners only by a hash, and what it holds is copied and exported.
"""

import re
from pathlib import Path

from sota_core.system.files import write_atomically

_OWNER = re.compile(r"user-[0-9a-f]{20}")


def keep(home: Path, owner: str, name: str) -> None:
    """Remember a signed-in owner's name; other owners are ignored. Atomic; a name kept before is replaced."""
    path = _path(home, owner)
    if path is None or not name or read(home, owner) == name:
        return
    write_atomically(path, name)


def read(home: Path, owner: str) -> str:
    """The name kept for an owner; '' where there is none."""
    path = _path(home, owner)
    try:
        return path.read_text(encoding="utf-8") if path else ""
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _path(home: Path, owner: str) -> Path | None:
    return home / "names" / owner if _OWNER.fullmatch(owner) else None
