"""hosted: many visitors through nginx on several web processes, as `serve --processes N` has them.

`python -m benchmarks sessions --processes 4` (with --sessions, --minutes): one run trains; no errors, a slider that
answers, a live chart that keeps up. With `--kill-every 20` a web process is killed meanwhile, now this one, now that:
its visitors come back by themselves, to what their address says, and no run is lost. Each visitor is a session of
Streamlit's own protocol with the cookie that nginx gave it. Like a browser it asks for the page first; once cut off, it
asks for the server's health, after a browser's pauses.
"""

import asyncio
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
import websockets

from benchmarks.load.knob import KNOBS, somewhere
from benchmarks.load.sessions import BUDGET_S, THINK_S, long_run, wait_for_batches
from benchmarks.load.st_session import Run, StSession
from benchmarks.rows import p95, row
from benchmarks.site import Site, end_runs, free_ports, listening
from sota_core import paths
from sota_core.cli.hosting.proxy import MAX_PROCESSES
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.settings import Settings, load

LAG_S, BACK_S = 3.0, 5.0
N_EPOCHS = 100  # in each of two phases: a recipe's most
COME_S = 10.0  # within which all of them arrive
PATIENCE_S = 180.0
WARM_S = 600.0  # every page once; a busy machine takes its time


def measure(
    n_processes: int, device: str = "cpu", *, n_sessions: int = 200, minutes: float = 10.0, kill_every_s: float = 0.0
) -> list[dict[str, Any]]:
    with serving(n_processes) as site, Store(site.settings) as store:
        recipe = long_run(device)
        recipe = recipe.replace(phases=(replace(recipe.phases[0], n_epochs=N_EPOCHS),) * 2)
        run = store.queue.submit(recipe, owner="bench")
        wait_for_batches(store, run.id)
        crowd = asyncio.run(_crowd(site, n_sessions, 60 * minutes, f"/train?run={run.id}", kill_every_s))
        told = {event["step"]: event["t"] for event in store.log.events(run.id, kinds=["batch"])}
        ended = store.history.get(run.id)
        webs = web_processes(site)
        memory_mb = shared_out_mb(site, webs)
    lags = [lag for one in crowd.visitors for lag in one.lags(told)]
    what = f"{n_sessions} sessions, {n_processes} processes, {minutes:g} min"
    note = f"{what}; {len(told)} batch events; {memory_mb:.0f} MB in {len(webs)} web processes and what they came from"
    bad = crowd.bad
    why = f"; {sorted({str(e)[:80] for a in bad for e in a.errors or [a.status]})[:3]}" if bad else ""
    lost = int(ended.state not in (State.RUNNING, State.FINISHED) or ended.attempt != 1)
    rows = [
        row("hosted_errors", [len(bad)], unit="answers", budget=0, device=device, note=f"of {crowd.n_answers}{why}"),
        _p95("hosted_slider_p95", crowd.slid, BUDGET_S, device, note),
        _p95("hosted_live_lag_p95", lags, LAG_S, device, f"worst {max(lags, default=0):.2f} s"),
        row("hosted_runs_lost", [lost], unit="runs", budget=0, device=device, note=f"the run is {ended.state}"),
    ]
    if kill_every_s:
        backs = [seconds for one in crowd.visitors for seconds in one.backs]
        strayed = sum(one.strayed for one in crowd.visitors)
        killed = f"{crowd.n_killed} web processes killed; worst {max(backs, default=0):.1f} s"
        rows += [
            _p95("hosted_back_p95", backs, BACK_S, device, killed),
            row("hosted_strayed", [strayed], unit="visitors", budget=0, device=device, note="back to another value"),
        ]
    return rows


def _p95(name: str, values: list[float], budget: float, device: str, note: str) -> dict[str, Any]:
    if not values:
        return row(name, [float("inf")], unit="s", budget=budget, device=device, note=f"nothing was measured; {note}")
    return row(name, [p95(values)], unit="s", budget=budget, device=device, note=f"{note}; n = {len(values)}")


@contextmanager
def serving(
    n_processes: int, env: Mapping[str, str] | None = None, before: Callable[[Settings], object] = lambda settings: None
) -> Iterator[Site]:
    """`serve --processes N` at a port of its own, in a home of its own, all of its processes at work.

    env     more settings
    before  done before it starts
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        homes = {"SOTA_HOME": str(Path(folder) / "home"), "SOTA_DATA_DIR": str(Path(folder) / "data"), **(env or {})}
        settings = load({**os.environ, **homes})
        before(settings)
        port = free_ports(n_processes + 2)
        command = [sys.executable, "-m", "sota_core", "serve", "--processes", str(n_processes), "--port", str(port)]
        with (Path(folder) / "serve.log").open("wb") as out:
            process = subprocess.Popen(command, env=os.environ | homes, cwd=paths.ROOT, stdout=out, stderr=out)
        try:
            deadline = time.monotonic() + WARM_S
            site = Site(f"http://127.0.0.1:{port}", process.pid, settings)
            while len(web_processes(site)) < n_processes:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"serve did not get ready: {(Path(folder) / 'serve.log').read_text()[-2000:]}")
                time.sleep(1.0)  # to look costs CPU
            yield site
        finally:
            process.terminate()
            process.wait(30)
            end_runs(settings)


def web_processes(site: Site) -> list[int]:
    """Pids of those that take connections, at the ports after nginx's."""
    port = int(site.url.rpartition(":")[2])
    return list(listening(range(port + 1, port + 1 + MAX_PROCESSES), under=site.pid).values())


def shared_out_mb(site: Site, pids: Iterable[int]) -> float:
    """Memory of these processes and of the one they were forked from: what several share is counted once."""
    counted = set(pids)
    with suppress(psutil.Error):
        counted |= {parent for pid in pids if (parent := psutil.Process(pid).ppid()) not in (1, site.pid)}
    return sum(psutil.Process(pid).memory_full_info().pss for pid in counted) / 2**20


@dataclass
class Crowd:
    """What all visitors met, together."""

    visitors: list["Visitor"]
    n_killed: int = 0

    @property
    def answers(self) -> list[Run]:
        return [run for one in self.visitors for session in one.sessions for run in session.runs]

    @property
    def bad(self) -> list[Run]:
        """The failed answers, except those cut off with their process; and one for each visitor who never came back."""
        return [run for run in self.answers if not run.is_good and not run.is_cut] + [
            Run("back", 0.0, status="never came back") for one in self.visitors if one.is_gone
        ]

    @property
    def n_answers(self) -> int:
        return len(self.answers)

    @property
    def slid(self) -> list[float]:
        return [run.total for run in self.answers if run.kind == "slider" and run.is_good]


def pause_s(attempt: int, chance: random.Random) -> float:
    """How long a browser waits before it asks for the n-th time since its connection ended (Streamlit 1.67's build)."""
    most = min(4.0, 0.5 * 2 ** (attempt - 1))
    return chance.uniform(0.25 if attempt == 1 else most / 2, most)


async def answered(session: StSession, chance: random.Random) -> None:
    """Until the server answers a browser's two pings: again after 0.1 s, then twice as long each time, less by chance.

    Raises
        TimeoutError  it does not for PATIENCE_S.
    """
    async with asyncio.timeout(PATIENCE_S):
        for attempt in itertools.count():
            try:
                return await session.ping()
            except OSError:
                await asyncio.sleep(min(4.0, 0.1 * 2**attempt) * (chance.uniform(0.7, 1.0) if attempt else 1.0))


@dataclass
class Visitor:
    """One tab. Moves its page's slider every ten seconds or so, or watches the run.

    backs    seconds from each cut to the page drawn again
    strayed  how often that page showed another value than its address
    """

    number: int
    site: Site
    live: str
    sessions: list[StSession] = field(default_factory=list)
    backs: list[float] = field(default_factory=list)
    strayed: int = 0
    is_gone: bool = False
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.number)

    @property
    def watches(self) -> bool:
        return self.number % 10 == 0

    async def stay(self, arrive_s: float, until: float) -> None:
        rng = self.chance
        await asyncio.sleep(arrive_s)
        page, label = (self.live, "") if self.watches else list(KNOBS.items())[self.number % len(KNOBS)]
        session = await self._come(page)
        while session is not None and time.monotonic() < until:
            rest = min(rng.uniform(0.5, 1.5) * THINK_S, max(0.1, until - time.monotonic()))
            if not await session.is_cut_within(rest) and not self.watches and time.monotonic() < until:
                await session.set_slider(*somewhere(session, label, rng))
            if session.cut.is_set() and time.monotonic() < until:
                session = await self._come(session.address_with(label), session, label)
        for one in self.sessions:
            await one.close()

    async def _come(self, page: str, before: StSession | None = None, label: str = "") -> StSession | None:
        """Open the page, for the first time or after a cut; None where that fails for PATIENCE_S."""
        began = time.perf_counter()
        if before is not None:
            await asyncio.sleep(pause_s(1, self.chance))
        for attempt in itertools.count(2):
            if time.perf_counter() - began > PATIENCE_S:
                break
            session = StSession(self.site.url, page, before=before)
            try:
                await (session.be_seated() if before is None else answered(session, self.chance))
                await session.connect()
                if before is None or before.asks_again:
                    is_there = (await session.rerun("open")).is_good
                else:
                    session.stand_as(before)
                    is_there = True
            except (OSError, websockets.WebSocketException, TimeoutError, EOFError, ValueError):
                await session.close()
                await asyncio.sleep(pause_s(attempt, self.chance))
                continue
            self.sessions.append(session)
            if is_there and not session.cut.is_set():
                if before is not None:
                    self.backs.append(time.perf_counter() - began)
                    self.strayed += bool(label) and session.value_of(label) != before.value_of(label)
                return session
            await session.close()
            await asyncio.sleep(pause_s(attempt, self.chance))
        self.is_gone = True
        return None

    def lags(self, told: dict[int, float]) -> list[float]:
        """From each batch's event to the moment this visitor's screen knew of it, or of a later one."""
        found = []
        steps = sorted(told)
        for session in self.sessions:
            last = None
            for at, step in session.steps_shown:
                if last is not None and step > last:
                    known = steps[bisect_left(steps, last + 1) : bisect_left(steps, step + 1)]
                    found += [at - told[one] for one in known]
                last = step
        return found


async def _crowd(site: Site, n: int, seconds: float, live: str, kill_every_s: float) -> Crowd:
    until = time.monotonic() + COME_S + seconds
    crowd = Crowd([Visitor(i, site, live) for i in range(n)])
    killing = asyncio.create_task(_kill(site, crowd, kill_every_s)) if kill_every_s else None
    await asyncio.gather(*(one.stay(COME_S * one.number / n, until) for one in crowd.visitors))
    if killing is not None:
        killing.cancel()
    return crowd


async def _kill(site: Site, crowd: Crowd, every_s: float) -> None:
    rng = random.Random(0)
    await asyncio.sleep(COME_S)
    while True:
        await asyncio.sleep(every_s)
        if alive := web_processes(site):
            os.kill(rng.choice(alive), signal.SIGKILL)
            crowd.n_killed += 1
