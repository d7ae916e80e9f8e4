"""The short versions of `python -m benchmarks.chaos`; its full versions are run by hand."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.chaos.__main__ import measure
from tests.pace import Pace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize("name", ["workers", "dispatchers", "web", "mixed", "class", "disk"])
def test_nothing_is_lost_stuck_doubled_or_corrupt(name):
    with Pace() as pace, ThreadPoolExecutor(1) as thread:  # browser tests keep an event loop in this one
        (row,) = thread.submit(measure, quick=True, only=(name,)).result()
    if row["n"] == 0:
        pytest.skip(row["note"])
    # no fault is allowed on any machine; limits in seconds hold for an idle one
    assert row["value"] <= row["budget"] * (pace.slowness if row["unit"] == "s" else 1), row


def test_in_a_crowd_every_write_comes_through():
    """Counts only: durations are measured on an idle machine."""
    writes, polls = measure(quick=True, only=("crowd",))
    assert "failed 0" in writes["note"] and writes["n"] >= 8 and polls["n"] > 0
