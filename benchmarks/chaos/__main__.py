"""Runs under fire: workers, dispatchers and web servers killed, stops, double submits, crowds, a full disk;
malformed files. What held.

`python -m benchmarks.chaos [--quick] [NAME…]` prints a line each; exit 1 if one is over its budget. Every value is a
count of faults (budget 0) or a time, p95.
"""

import argparse
import os
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.chaos.crowds import class_starts, crowd, disk_full
from benchmarks.chaos.kills import dispatchers_killed, everything_at_once, workers_killed
from benchmarks.chaos.malformed import recordings, uploads, zips
from benchmarks.chaos.web_servers import web_servers_killed

# name → (scenario, size, size when quick)
SCENARIOS: dict[str, tuple[Callable[[int], Any], int, int]] = {
    "workers": (workers_killed, 100, 8),
    "dispatchers": (dispatchers_killed, 50, 4),
    "web": (web_servers_killed, 20, 2),
    "mixed": (everything_at_once, 250, 20),
    "crowd": (crowd, 20, 4),
    "class": (class_starts, 100, 20),
    "disk": (disk_full, 20, 3),
    "uploads": (uploads, 10_000, 200),
    "recordings": (recordings, 1_000, 60),
    "zips": (zips, 1_000, 30),
}


def measure(device: str = "cpu", quick: bool = False, only: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """A row per figure. `device` is there as in the other benchmarks, and unused: nothing here trains."""
    rows = []
    for name in only or SCENARIOS:
        scenario, full, short = SCENARIOS[name]
        found = scenario(short if quick else full)
        rows += found if isinstance(found, list) else [found]
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos")
    parser.add_argument("only", nargs="*", choices=[*SCENARIOS, []], help="default: all")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    args = parser.parse_args()
    os.environ["STREAMLIT_LOGGER_LEVEL"] = "error"  # no server here
    from pages.shared.frame.frame import keep_small

    keep_small()  # as web processes do, which decode pictures: the allocator then gives memory back at once
    rows = []
    for name in args.only or SCENARIOS:
        for one in measure(quick=args.quick, only=(name,)):
            rows.append(one)
            value = f"{one['value']:>10} {one['unit']:7} budget {one['budget']}"
            print(f"{one['name']:32} {value}  n={one['n']}  {one['note']}", flush=True)
    return int(any(one["value"] > one["budget"] for one in rows))


if __name__ == "__main__":
    sys.exit(main())
