"""sessions: many visitors at once while one run trains: no errors, and a slider that still answers.

Each visitor is a session of Streamlit's own protocol (st_session), driven from another process than the server. They
come within ten seconds, spread over the technique pages, then everyone moves a slider every ten seconds or so; a tenth
of them watches the run, whose live panel asks for itself.
"""

import asyncio
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.load.knob import KNOBS, somewhere
from benchmarks.load.st_session import Run, StSession
from benchmarks.rows import p95, row
from benchmarks.site import Site, serving
from sota_core.recipes import Phase, Recipe
from sota_core.runs.dispatch.starter import Starter
from sota_core.runs.store.store import Store

BUDGET_S = 1.0
THINK_S = 10.0  # a class at its liveliest: twenty moves a second in all


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    n, moves = (40, 2) if quick else (200, 4)
    with tempfile.TemporaryDirectory() as home, serving(home=Path(home)) as site:
        asyncio.run(_warm(site))
        with Store(site.settings) as store:
            run = store.queue.submit(long_run(device), owner="bench")
            Starter(site.settings).ensure_running()
            wait_for_batches(store, run.id)
            answers = asyncio.run(_crowd(site, n, moves, f"/train?run={run.id}"))
            trained = len(store.log.events(run.id, kinds=["batch"]))
        rss = psutil.Process(site.pid).memory_info().rss / 2**20
    slid = [answer.total for answer in answers if answer.kind == "slider" and answer.is_good]
    bad = [answer for answer in answers if not answer.is_good]
    what = f"{n} sessions, one run training ({trained} batch events), {rss:.0f} MB in the server"
    said = sorted({f"{answer.kind}: {error}" for answer in bad for error in answer.errors or [answer.status]})
    why = f"; {said[:3]}" if bad else ""
    return [
        row("sessions_errors", [len(bad)], unit="answers", budget=0, device=device, note=f"of {len(answers)}{why}"),
        row(
            "sessions_slider_p95",
            [p95(slid)],
            unit="s",
            budget=BUDGET_S,
            device=device,
            note=f"{what}; n = {len(slid)}",
        ),
    ]


def long_run(device: str) -> Recipe:
    phase = Phase(size=64, bs=64, n_epochs=40)
    return Recipe(phases=(phase,), source="sample", arch="xresnet18", width=0.5, presize=128, tta_n=0, device=device)


def wait_for_batches(store: Store, run: str, patience_s: float = 180) -> None:
    deadline = time.monotonic() + patience_s
    while not store.log.events(run, kinds=["batch"]):
        if time.monotonic() > deadline:
            raise TimeoutError(f"run {run} did not begin to train; it is {store.history.get(run).state}")
        time.sleep(0.2)


async def _warm(site: Site) -> None:
    """Every page once: pictures drawn, imports made."""
    for address in (*KNOBS, "/", "/train"):
        session = StSession(site.url, address)
        await session.open(timeout=120)
        await session.close()


async def _crowd(site: Site, n: int, moves: int, live: str) -> list[Run]:
    sessions: list[StSession] = []
    await asyncio.gather(*(_visitor(i, n, moves, site, live, sessions) for i in range(n)))
    answers = [run for session in sessions for run in session.runs]
    for session in sessions:
        await session.close()
    return answers


async def _visitor(i: int, n: int, moves: int, site: Site, live: str, sessions: list[StSession]) -> None:
    rng = random.Random(i)
    await asyncio.sleep(10 * i / n)
    watches = i % 10 == 0
    address = live if watches else list(KNOBS)[i % len(KNOBS)]
    session = StSession(site.url, address)
    sessions.append(session)
    try:
        await session.open(timeout=120)
        for _ in range(moves):
            await asyncio.sleep(rng.uniform(0.5, 1.5) * THINK_S)
            if not watches:
                await session.set_slider(*somewhere(session, KNOBS[address], rng))
    except Exception as bad:  # a lost visitor is a result, not the end of the measurement
        session.runs.append(Run("failed", 0.0, status="failed", errors=[repr(bad)[:200]]))


if __name__ == "__main__":
    for found in measure(quick=True):
        print(found)
