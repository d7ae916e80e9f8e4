"""How a figure beside a limit is written: never so that it reads as if it stood on the limit's other side."""

import math

from sota_core import words
from sota_core.language import written

_DIGITS = 3


def above(value: float, limit: float) -> str:
    """`value` as `words.short` writes it, rounded up where it would read as the limit does that it exceeds.

    >>> above(1.5000001e12, 1.5e12), above(2.3456e12, 1.5e12)
    ('1,510,000,000,000', '2,350,000,000,000')
    """
    text = words.short(value, _DIGITS)
    if text != words.short(limit, _DIGITS):
        return text
    rounded = float(f"{value:.{_DIGITS}g}")
    return words.short(rounded + 10.0 ** (math.floor(math.log10(rounded)) - _DIGITS + 1), _DIGITS)


def rounded_up(value: float, digits: int = 1) -> float:
    """What is too much, rounded up to so many decimals, for a text that is written later.

    >>> rounded_up(10.0000001), rounded_up(10.3), rounded_up(599.7, 0)
    (10.1, 10.3, 600.0)
    """
    near = round(value, digits)
    return near if near >= value else round(near + 10**-digits, digits)


def size_left(n_bytes: float) -> str:
    """A number of bytes that is too little, as `words.size_of` writes it but rounded down.

    >>> size_left(524_287_999), size_left(999_999_999), size_left(1_990_000_000)
    ('524 MB', '999 MB', '1.9 GB')
    """
    unit = next((unit for least, unit in ((1e9, 1e8), (1e6, 1e6), (1e3, 1e3)) if n_bytes >= least), 1)
    return words.size_of(n_bytes // unit * unit)


def done(step: int | None, total: int) -> str:
    """How far a run has come that is under way, in whole percent: 100 % is for one that has ended.

    >>> done(1990, 1999), done(1999, 1999), done(None, 8)
    ('99\\xa0%', '99\\xa0%', '0\\xa0%')
    """
    return written(f"{min(99, 100 * (step or 0) // total)}\u00a0%")
