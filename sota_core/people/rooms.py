"""A room: a short code a class shares, and the names its members choose. There is no table of rooms.

A room exists as soon as somebody uses its code. It is no lock: whoever knows the code may look and take part.
"""

import re
import secrets
import unicodedata

from sota_core.errors import InputError

# No characters that are easily confused (0 and O; 1 and I): a code is written on a board and typed from there.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 6
LONGEST_CODE = 12
LONGEST_NICKNAME = 24
MOST_ROOMS = 100  # in which one owner shows answers, or has a guess that waits; a course may have a new one each lesson
_CODE = re.compile(rf"[A-Z0-9]{{3,{LONGEST_CODE}}}")
_FLAG_LETTERS = "".join(chr(c) for c in range(0x1F1E6, 0x1F200))
_JOINERS = "\u200c\u200d"  # between letters of Persian or Hindi, and between the parts of an emoji


_PRIME = 37  # above the alphabet's 32: then one wrong character, or two neighbours swapped, always change the sum


def new_room_code() -> str:
    """Six characters, the last a check on the others: 29 million codes, so that a random guess finds no class."""
    while True:
        drawn = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH - 1))
        check = -_weighted(drawn + ALPHABET[0]) % _PRIME
        if check < len(ALPHABET):
            return drawn + ALPHABET[check]


def is_drawn(code: str) -> bool:
    """Can `new_room_code` have drawn this code? Not with one character mistyped, nor with two neighbours swapped."""
    return len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) and _weighted(code) % _PRIME == 0


def _weighted(code: str) -> int:
    return sum((len(code) - i) * ALPHABET.index(c) for i, c in enumerate(code))


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
    """A self-chosen name made one line, printable and at most LONGEST_NICKNAME long; None if nothing is left of it.

    >>> nickname_of("  Ada \\n Lovelace\\u202e "), nickname_of("   ")
    ('Ada Lovelace', None)
    """
    shown = "".join(c if c.isprintable() or c in _JOINERS else " " for c in text or "")
    name = " ".join(part for word in shown.split() if (part := word.strip(_JOINERS)))
    end = min(len(name), LONGEST_NICKNAME)
    while end and _is_within(name, end):
        end -= 1
    return name[: end or LONGEST_NICKNAME].strip() or None


def _is_within(name: str, end: int) -> bool:
    """Would a cut at `end` split what is read as one character: a letter and its accents, an emoji of several parts?

    These are not all of Unicode's rules: composed syllables of Korean or Hindi can still be cut.
    """
    if end >= len(name):
        return False
    letters = len(name[:end]) - len(name[:end].rstrip(_FLAG_LETTERS))  # a flag is two of them
    return _goes_on(name[end]) or name[end - 1] in _JOINERS or (name[end] in _FLAG_LETTERS and letters % 2 == 1)


def _goes_on(character: str) -> bool:
    """Is it a part of the character before it: an accent, a skin colour, a joiner?"""
    is_skin = "\U0001f3fb" <= character <= "\U0001f3ff"
    return character in _JOINERS or is_skin or unicodedata.category(character) in ("Mn", "Me", "Mc")
