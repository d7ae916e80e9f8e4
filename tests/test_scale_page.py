"""docs/scale.md: its table follows from its constants, and the constants are those of the pages and budgets named."""

import math
import re

import pytest

from benchmarks.browser import rss
from benchmarks.load import knob
from sota_core import paths
from sota_core.cli.hosting.proxy import MAX_PROCESSES
from sota_core.settings import Limits

PAGE = (paths.ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
CONSTANTS = {name: float(value) for name, value in re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", PAGE, re.MULTILINE)}
TABLE = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.partition("| | laptop |")[2].splitlines()[2:]
    if line.startswith("|")
]
ROWS = {row[0]: [float(cell) for cell in row[1:]] for row in TABLE}

BUSY = 0.6
MOVE_S, OPEN_S, WATCHING = 10.0, 120.0, 0.1
HOURS, PEAK = 28 * 12, 4


def cores(n: float) -> float:
    """How many cores are busy while n people use the app at the same time."""
    return n * (CONSTANTS["rest_ms"] / MOVE_S + CONSTANTS["open_ms"] / OPEN_S + WATCHING * CONSTANTS["look_ms"]) / 1e3


@pytest.mark.parametrize("at", range(4), ids=["laptop", "class", "faculty", "30000"])
def test_each_size_follows_from_the_constants(at: int):
    learners, together = ROWS["learners"][at], ROWS["at the same time"][at]
    assert together == {1: 1, 30: 30, 3000: 300, 30_000: 1500}[int(learners)]
    assert ROWS["cores for pages, busy"][at] == round(cores(together), 1)
    processes = math.ceil(cores(together) / BUSY)
    assert ROWS["web processes, six tenths busy"][at] == processes <= MAX_PROCESSES
    memory = (processes * CONSTANTS["process_mb"] + together * CONSTANTS["session_mb"]) / 1e3
    assert ROWS["memory of them, GB"][at] == round(memory, 1)
    runs = learners if at < 2 else learners * 5 / HOURS * PEAK
    assert ROWS["runs an hour, at the busiest"][at] == round(runs)
    assert ROWS["cards for them"][at] == math.ceil(runs * CONSTANTS["run_s"] / 3600)
    n_runs = learners * (1 if at == 1 else 5)
    assert ROWS["files of all runs, GB"][at] == round(n_runs * CONSTANTS["run_mb"] / 1e3, 1)


def test_the_constants_are_those_of_where_they_were_measured():
    performance = (paths.ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert CONSTANTS["rest_ms"] == knob.BUDGET_MS and CONSTANTS["process_mb"] == rss.BUDGET_MB
    assert f"| tick | {CONSTANTS['look_ms']} ms |" in performance
    fp16 = float(
        re.findall(r"^\| baseline, fp16 \|.*\| ([\d.]+) \|$", performance, re.MULTILINE)[-1]
    )  # the first had to decode
    assert CONSTANTS["run_s"] == math.ceil(fp16)
    assert f"| lesson_seconds | {CONSTANTS['cpu_run_s']:.0f} s |" in performance


def test_what_it_says_of_limits_is_so():
    assert f"`serve` starts {MAX_PROCESSES} at most" in PAGE
    waits_min = Limits().max_queued_in_all * CONSTANTS["run_s"] / 14 / 60
    assert f"cap of {Limits().max_queued_in_all} " in " ".join(
        PAGE.split()
    ) and f"is {waits_min:.0f} minutes of work" in " ".join(PAGE.split())
