"""tick: CPU time the web process spends on one look of a live panel at a run that trains.

Ten headless sessions watch the same run and ask at the panel's own rhythm; what the server uses with nobody watching is
measured first and taken off.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.load.sessions import long_run, wait_for_batches
from benchmarks.load.st_session import StSession
from benchmarks.rows import row
from benchmarks.site import Site, cpu_seconds, serving
from sota_core.runs.dispatch.starter import Starter
from sota_core.runs.store.store import Store

BUDGET_MS = 20.0
N_SESSIONS = 10


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    seconds, rounds = (8.0, 2) if quick else (15.0, 5)
    with tempfile.TemporaryDirectory() as home, serving(home=Path(home)) as site, Store(site.settings) as store:
        run = store.queue.submit(long_run(device), owner="bench")
        Starter(site.settings).ensure_running()
        wait_for_batches(store, run.id)
        costs, ticks = asyncio.run(_watch(site, f"/train?run={run.id}", seconds, rounds))
    note = f"{N_SESSIONS} sessions, {ticks} looks"
    return [row("tick", costs, unit="ms", budget=BUDGET_MS, device=device, note=note)]


async def _watch(site: Site, address: str, seconds: float, rounds: int) -> tuple[list[float], int]:
    """Milliseconds of the server's CPU per look, one figure a round, and how many looks there were."""
    first = StSession(site.url, address)
    await first.open(timeout=120)
    await first.close()
    idle = await _spent(site, seconds / 2) / (seconds / 2)
    sessions = [StSession(site.url, address) for _ in range(N_SESSIONS)]
    for session in sessions:
        await session.open(timeout=120)
    costs, ticks = [], 0
    for _ in range(rounds):
        before = _looks(sessions)
        start = time.monotonic()
        spent = await _spent(site, seconds)
        n = _looks(sessions) - before
        if not n:
            raise RuntimeError("no session looked at the run; has it ended?")
        costs.append(1e3 * (spent - idle * (time.monotonic() - start)) / n)
        ticks += n
    for session in sessions:
        await session.close()
    if bad := [error for session in sessions for run in session.runs for error in run.errors]:
        raise RuntimeError(f"a look failed: {bad[0]}")
    return costs, ticks


def _looks(sessions: list[StSession]) -> int:
    return sum(run.kind == "auto" for session in sessions for run in session.runs)


async def _spent(site: Site, seconds: float) -> float:
    before = cpu_seconds(site.pid)
    await asyncio.sleep(seconds)
    return cpu_seconds(site.pid) - before


if __name__ == "__main__":
    for found in measure(quick=True):
        print(found)
