"""A number as people type it: a comma for the point, spaces, a percent sign or the unit behind it."""

import re

LONGEST = 40  # characters of an answer that are read at all
MOST = 1e6
_NUMBER = re.compile(r"([+-]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+))(%?)")
_MINUSES = str.maketrans("−–", "--")  # a phone writes the dash for two hyphens
_SPELT = {"s": ("seconds", "second", "secs", "sec", "sekunden", "sekunde", "sek")}  # other ways to write a unit


def typed_number(text: str, unit: str = "") -> float | None:
    """The number, or None if the text is none. A comma is always the decimal point, never a mark of thousands.

    >>> typed_number("0,02"), typed_number("2,0"), typed_number(" 2 % "), typed_number("50 s", "s"), typed_number("two")
    (0.02, 2.0, 0.02, 50.0, None)
    >>> typed_number("50 Sekunden", "s"), typed_number("50 sec.", "s"), typed_number("50 min", "s"), typed_number("–2")
    (50.0, 50.0, None, -2.0)
    """
    found = _NUMBER.fullmatch(_without_unit("".join(text[:LONGEST].translate(_MINUSES).lower().split()), unit))
    if found is None:
        return None
    value = float(found[1].replace(",", "."))
    if found[2]:
        value = round(value / 100, 12)  # 2 % is .02, not .0200…04
    return value if abs(value) < MOST else None


def _without_unit(text: str, unit: str) -> str:
    """The text without its unit and the point of a shortened unit; unchanged if it does not end in this unit."""
    bare = text.removesuffix(".")
    ways = (*_SPELT.get(unit, ()), unit)
    return next((bare.removesuffix(way) for way in ways if unit and bare.endswith(way)), text)
