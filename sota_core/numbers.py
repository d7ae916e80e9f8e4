"""Reads numbers that somebody has typed, into an address or a command line. Never raises.

Python's own `int` and `float` do not keep bad input out: `int` raises for more than 4,300 digits, `"²".isdigit()` is
true, `float` takes `nan`, `1e999` (as infinity), `1_0` and the digits of every script. Here a number is ASCII, finite
and within its bounds; anything else gives None.
"""

import re

# No two neighbouring repetitions take the same characters: a text of n digits that is no number would else take n²
# steps, in which nothing else of its process runs, and an address may have a hundred thousand.
_WHOLE = re.compile(r"([+-]?)([0-9]+)(?:\.0*)?")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DIGITS = 20  # more than any bound has: a longer number is cut after one more, since only its size matters


def whole(text: str, low: int, high: int, *, clamps: bool = False) -> int | None:
    """The whole number from low to high that the text is; with `clamps`, one above high counts as high.

    >>> whole("7", 0, 9), whole("7.0", 0, 9), whole("12", 0, 9), whole("12", 0, 9, clamps=True), whole("-1", 0, 9)
    (7, 7, None, 9, None)
    >>> [whole(text, 0, 9) for text in ("", " ", "nan", "1e999", "²", "٣", "1_0", "9" * 5_000)]
    [None, None, None, None, None, None, None, None]
    """
    found = _WHOLE.fullmatch(text)
    if found is None:
        return None
    value = int(found[1] + (found[2].lstrip("0")[: _DIGITS + 1] or "0"))
    if clamps:
        value = min(value, high)
    return value if low <= value <= high else None


def decimal(text: str, low: float, high: float) -> float | None:
    """The number from low to high that the text is.

    >>> decimal("0.5", 0, 1), decimal(".5", 0, 1), decimal("5e-1", 0, 1), decimal("1.5", 0, 1)
    (0.5, 0.5, 0.5, None)
    >>> [decimal(text, 0, 1) for text in ("", " ", "nan", "inf", "1e999", "²", "٣", "-1", "9" * 5_000)]
    [None, None, None, None, None, None, None, None, None]
    """
    if _DECIMAL.fullmatch(text) is None:
        return None
    value = float(text)  # more than a float can hold becomes infinity
    return value if low <= value <= high and abs(value) != float("inf") else None
