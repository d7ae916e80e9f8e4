"""The short versions of `python -m benchmarks.chaos`; its full ones are run by hand."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.chaos.__main__ import measure
from tests.pace import Pace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize("name", ["workers", "dispatchers", "web", "mixed", "class", "disk"])
def test_nothing_is_lost_stuck_doubled_or_corrupt(name):
    with Pace() as pace, ThreadPoolExecutor(1) as thread:  # the browser tests of this session keep a loop in this one
        (row,) = thread.submit(measure, quick=True, only=(name,)).result()
    if row["n"] == 0:
        pytest.skip(row["note"])
    # faults are none on any machine; seconds are those of one that has nothing else to do
    assert row["value"] <= row["budget"] * (pace.slowness if row["unit"] == "s" else 1), row


def test_in_a_crowd_every_write_comes_through():
    """Counts only: how long one takes is measured on a machine that has nothing else to do."""
    writes, polls = measure(quick=True, only=("crowd",))
    assert "failed 0" in writes["note"] and writes["n"] >= 8 and polls["n"] > 0
