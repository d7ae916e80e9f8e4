"""A room: a short code a class shares, and the names its members choose. Words only; there is no table of rooms.

A room exists as soon as somebody uses its code. It guards nothing: who knows the code may look and take part.
"""

import re
import secrets

from sota_core.errors import InputError

# Capitals and digits that are not read for one another: a code is written on a board and typed from there.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 5
LONGEST_CODE = 12
LONGEST_NICKNAME = 24
_CODE = re.compile(rf"[A-Z0-9]{{3,{LONGEST_CODE}}}")


def new_room_code() -> str:
    """Five characters: 33 million of them, so that a guess at random finds no class."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def room_code(text: str | None) -> str | None:
    """The code a text means, in capitals; None where it cannot be one.

    >>> room_code(" fast7 "), room_code("no such room"), room_code(None)
    ('FAST7', None, None)
    """
    code = (text or "").strip().upper()
    return code if _CODE.fullmatch(code) else None


def require_room(where: str, text: str) -> str:
    """Raises
    InputError  the text is no room's code.
    """
    code = room_code(text)
    if code is None:
        raise InputError(f"{where}: a room's code must be 3 to {LONGEST_CODE} letters or digits, got {text[:40]!r}")
    return code


def nickname_of(text: str | None) -> str | None:
    """A self-chosen name: one line, printable, of bounded length; None where nothing is left of it.

    >>> nickname_of("  Ada \\n Lovelace\\u202e "), nickname_of("   ")
    ('Ada Lovelace', None)
    """
    name = " ".join("".join(c if c.isprintable() else " " for c in text or "").split())
    return name[:LONGEST_NICKNAME].rstrip() or None
