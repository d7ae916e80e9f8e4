"""The short version of `python -m benchmarks.chaos uploads recordings zips`: every malformed file is refused with a
sentence.
"""

import random
from pathlib import Path

import pytest

from benchmarks.chaos import malformed
from benchmarks.chaos.__main__ import SCENARIOS
from benchmarks.rows import is_met


@pytest.mark.long
@pytest.mark.parametrize("name", ["uploads", "recordings", "zips"])
def test_nothing_that_is_malformed_raises_but_a_refusal(name: str):
    scenario, full, short = SCENARIOS[name]
    uncaught, median, growth = scenario(short)
    assert is_met(uncaught), uncaught["note"]
    assert uncaught["n"] == short and full >= 5 * short and median["unit"] == "ms" and growth["unit"] == "MB"
    refused = int(uncaught["note"].partition("refused ")[2].partition(",")[0])
    assert short / 4 < refused < short  # most files are damaged, but some are still readable


@pytest.mark.long
def test_what_is_not_refused_in_a_sentence_is_counted(monkeypatch: pytest.MonkeyPatch):
    def breaks(data: bytes, scratch: Path) -> None:
        raise ZeroDivisionError("somewhere deep")

    (uncaught, *_) = malformed._tried("x", 10, lambda rng: b"", breaks)
    assert uncaught["value"] == 10 and not is_met(uncaught) and "ZeroDivisionError" in uncaught["note"]


def test_the_same_seed_makes_the_same_files():
    for make in (malformed.picture, malformed.told, malformed.archive):
        first, second, other = (make(random.Random(seed)) for seed in (3, 3, 4))
        assert first == second != other
