"""soak: visitors who open pages, move sliders, train and leave, for hours: memory, files and threads stay flat.

`python -m benchmarks soak` is 20 visitors at a time on two web processes for two hours; --minutes, --sessions and
--processes are others. One of them trains, again and again, with real runs. Everything is looked at every ten seconds.
Flat: after a warm-up, the median of the last third is at most FLAT above that of the first, SLACK aside.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psutil
import websockets

from benchmarks.load.crowd import Learner
from benchmarks.load.hosted import serving, web_processes
from benchmarks.load.knob import KNOBS, somewhere
from benchmarks.rows import row
from benchmarks.site import Site
from sota_core.runs.dispatch import dispatcher
from sota_core.runs.states import LIVE
from sota_core.runs.store.store import Store

FLAT = 0.05
SLACK = {"threads": 2}  # of each process: threads that draw a page at the moment of a look
LOOK_S = 10.0
WARM_UP, MOST_WARM_UP_S = 0.4, 900.0  # until each process has the 128 ended sessions that it always keeps
STAY_S = (2.0, 12.0)
PAGES = ("/", "/train", "/compare", "/data", "/room", "/questionnaire", "/papers", *KNOBS)
TRAINS = "/train?fit=60"


@dataclass(slots=True)
class Look:
    """At one moment, summed over the processes of a role. `t` in seconds from the start."""

    t: float
    role: str
    memory_mb: float
    files: int
    threads: int


@dataclass(slots=True)
class Soak:
    """What was met on the way."""

    looks: list[Look] = field(default_factory=list)
    n_visits: int = 0
    n_bad: int = 0
    n_trained: int = 0
    why: set[str] = field(default_factory=set)


def measure(
    device: str = "cpu", quick: bool = False, *, n_processes: int = 2, n_sessions: int = 20, minutes: float = 120.0
) -> list[dict[str, Any]]:
    minutes = min(minutes, 5.0) if quick else minutes
    with serving(n_processes) as site:
        soak = asyncio.run(_soak(site, n_sessions, 60 * minutes))
    what = f"{n_sessions} sessions, {n_processes} processes, {minutes:g} min"
    done = f"; {soak.n_visits} visits, {soak.n_trained} runs"
    why = f"; {sorted(soak.why)[:3]}" if soak.why else ""
    rows = [row("soak_errors", [soak.n_bad], unit="visits", budget=0, device=device, note=what + done + why)]
    after = min(WARM_UP * 60 * minutes, MOST_WARM_UP_S)
    for role in ("web", "dispatcher"):
        seen = [look for look in soak.looks if look.role == role and look.t >= after]
        for name in ("memory_mb", "files", "threads"):
            series = [(look.t, float(getattr(look, name))) for look in seen]
            grown, note = growth(series, SLACK.get(name, 0) * n_processes)
            # A dispatcher that has nothing to do ends, and comes back small: its figures are told, not judged.
            budget = FLAT if role == "web" else None
            rows.append(row(f"soak_{role}_{name}", [grown], unit="ratio", budget=budget, device=device, note=note))
    return rows


def growth(series: Sequence[tuple[float, float]], slack: float = 0.0) -> tuple[float, str]:
    """(t in seconds, value) → by which share the last third's median is above the first third's, and in words.

    slack  so much more counts as no growth
    The words give the slope of a straight line through all of it, an hour.

    >>> growth([(0, 100.0), (3600, 110.0), (7200, 120.0)])
    (0.2, '100 to 120, +10 an hour')
    """
    third = len(series) // 3
    if not third:
        return float("inf"), "too few looks"
    first, last = (statistics.median(value for _, value in part) for part in (series[:third], series[-third:]))
    slope = statistics.linear_regression(*zip(*series, strict=True)).slope * 3600
    return round(
        (last - min(slack, max(0.0, last - first))) / first - 1, 4
    ), f"{first:.4g} to {last:.4g}, {slope:+.3g} an hour"


async def _soak(site: Site, n: int, seconds: float) -> Soak:
    soak, began = Soak(), time.monotonic()
    until = began + seconds
    visitors = [asyncio.create_task(_visit(site, i, until, soak)) for i in range(n)]
    while time.monotonic() < until:
        soak.looks += _look(site, time.monotonic() - began)
        await asyncio.sleep(LOOK_S)
    await asyncio.gather(*visitors)
    return soak


def _look(site: Site, t: float) -> list[Look]:
    at_work = dispatcher.status(site.settings)
    found = []
    for role, pids in (("web", web_processes(site)), ("dispatcher", [at_work["pid"]] if at_work else [])):
        processes = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
        if processes:
            memory = sum(one.memory_info().rss for one in processes) / 2**20
            found.append(
                Look(t, role, memory, sum(p.num_fds() for p in processes), sum(p.num_threads() for p in processes))
            )
    return found


async def _visit(site: Site, number: int, until: float, soak: Soak) -> None:
    """One visitor after another in this place; those in place 0 train."""
    rng = random.Random(number)
    while time.monotonic() < until:
        page = TRAINS if number == 0 else rng.choice(PAGES)
        one = Learner(site.url, f"{page}&seed={rng.randrange(10**6)}" if number == 0 else page)
        try:
            await one.be_seated()
            await one.open(timeout=60)
            await asyncio.sleep(rng.uniform(*STAY_S))
            if number == 0:
                await one.press()
                await _until_nothing_runs(site, until)
                soak.n_trained += 1
            elif page in KNOBS:
                await one.set_slider(*somewhere(one, KNOBS[page], rng))
                await asyncio.sleep(rng.uniform(*STAY_S))
        except (OSError, websockets.WebSocketException, TimeoutError, EOFError, ValueError) as bad:
            soak.n_bad += 1
            soak.why.add(repr(bad)[:80])
        finally:
            await one.close()
        soak.n_visits += 1
        bad_runs = [run for run in one.runs if not run.is_good]
        soak.n_bad += len(bad_runs)
        soak.why |= {str(error)[:80] for run in bad_runs for error in run.errors or [run.status]}


async def _until_nothing_runs(site: Site, until: float) -> None:
    with Store(site.settings) as store:
        while store.history.count(LIVE) and time.monotonic() < until:
            await asyncio.sleep(1.0)
