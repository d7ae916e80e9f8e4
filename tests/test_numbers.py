"""Numbers typed by visitors: only a finite number in ASCII digits and within its bounds counts; anything else is None,
and nothing raises.
"""

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sota_core.numbers import decimal, whole

JUNK = [
    "",
    " ",
    " 7",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "-1e999",
    "²",
    "٣",
    "1_0",
    "0x7",
    "seven",
    "7 8",
    "7\n",
    "9" * 5_000,
]


@pytest.mark.parametrize("text", JUNK, ids=lambda text: repr(text[:8]))
def test_what_is_no_number_or_out_of_bounds_is_none(text: str) -> None:
    assert whole(text, -100, 100) is None and decimal(text, -100, 100) is None


def test_no_text_is_too_long_to_be_too_large() -> None:
    assert whole("9" * 5_000, 0, 9_999, clamps=True) == 9_999
    assert whole("-" + "9" * 5_000, 0, 9_999, clamps=True) is None
    assert whole("0" * 5_000 + "7", 0, 9) == 7 and decimal("0" * 5_000 + ".5", 0, 1) == 0.5
    assert decimal("1e999", -math.inf, math.inf) is None


@pytest.mark.parametrize(
    "text", ["0" * 500_000 + "x", "9" * 500_000 + "x", "0." + "0" * 500_000 + "x"], ids=["0", "9", "."]
)
def test_a_long_text_takes_no_longer_than_reading_it(text: str) -> None:
    """Some four times what fits in an address. Where each digit began a search to the end, this took an hour."""
    began = time.process_time()
    assert whole(text, 0, 9) is None and decimal(text, 0, 9) is None
    assert whole(text[:-1], 1, 9) is None and decimal(text[:-1], 1, 9) is None
    assert time.process_time() - began < 5


@given(st.text())
def test_no_text_raises(text: str) -> None:
    whole(text, 0, 9)
    whole(text, 0, 9, clamps=True)
    decimal(text, 0, 9)


@given(st.integers(-(10**18), 10**18))
def test_a_whole_number_is_read_as_it_is_written(value: int) -> None:
    assert whole(str(value), -(10**18), 10**18) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_as_it_is_written(value: float) -> None:
    assert decimal(str(value), -1e308 * 2, math.inf) == value
