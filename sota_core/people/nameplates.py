"""Names of signed-in owners, for people to read: one small file each below SOTA_HOME.

Beside the store and not in it: the store knows owners only by their hash, and what it holds is copied and exported.
"""

import re
import secrets
from pathlib import Path

_OWNER = re.compile(r"user-[0-9a-f]{20}")


def keep(home: Path, owner: str, name: str) -> None:
    """Remember how an owner wants to be called. Atomic; a name kept before is replaced. No other owners have one."""
    path = _path(home, owner)
    if path is None or not name or read(home, owner) == name:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    partial.write_text(name, encoding="utf-8")
    partial.replace(path)


def read(home: Path, owner: str) -> str:
    """The name kept for an owner; '' where there is none."""
    path = _path(home, owner)
    try:
        return path.read_text(encoding="utf-8") if path else ""
    except FileNotFoundError:
        return ""


def _path(home: Path, owner: str) -> Path | None:
    return home / "names" / owner if _OWNER.fullmatch(owner) else None
