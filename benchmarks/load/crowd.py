"""crowd: a class of a hundred presses Start within ten seconds, on several web processes and one store.

`PARTS=postgres .ci/real-parts .venv/bin/python -m benchmarks crowd` has PostgreSQL as the store; without it, SQLite.
Everyone opens the Train page through nginx, then presses twice, as a double click does. Runs are carried out by a real
dispatcher whose training is a stand-in that sleeps: what is measured is the app's, not the machine's.
"""

import asyncio
import itertools
import os
import random
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa
import websockets
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.chaos.place import start_dispatcher, until
from benchmarks.load.hosted import serving
from benchmarks.load.st_session import PAINT_S, Run, StSession
from benchmarks.rows import p95, row
from benchmarks.site import Site
from sota_core.runs.run import Run as Started
from sota_core.runs.states import LIVE, State
from sota_core.runs.store.store import Store
from sota_core.settings import Settings

SERVER = "SOTA_TEST_PG_URL"  # of .ci/real-parts
PAGE_S = 2.0
COME_S, PRESS_S = 20.0, 10.0  # within which all of them arrive, and press
SLOTS = 8
END_S = 300.0


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    n_processes, n = (2, 12) if quick else (4, 100)
    with (
        database() as url,
        serving(n_processes, {"SOTA_SLOTS": str(SLOTS), **url}, _stand_in) as site,
        Store(site.settings) as store,
    ):
        learners = asyncio.run(_class(site, n))
        ended = until(lambda: not store.history.count(LIVE), END_S, required=False)
        wrong = faults(n, store.history.list_runs(limit=None))
        if any(wrong.values()) or any(not run.is_good for one in learners for run in one.runs):
            print((site.settings.home.parent / "serve.log").read_text(errors="replace")[-20_000:], file=sys.stderr)
    presses = [run.total for one in learners for run in one.runs if run.kind == "press" and run.is_good]
    bad = [run for one in learners for run in one.runs if not run.is_good]
    why = f"; {sorted({str(e)[:80] for run in bad for e in run.errors or [run.status]})[:3]}" if bad else ""
    what = f"{n} learners, {n_processes} processes, {'PostgreSQL' if url else 'SQLite'}"
    n_bad = sum(wrong.values()) + len(bad) + (not ended) + (len(presses) != n)
    note = ", ".join(f"{name} {count}" for name, count in wrong.items())
    opened = [run.total for one in learners for run in one.runs if run.kind == "open"]
    return [
        row("crowd_faults", [n_bad], unit="faults", budget=0, device=device, note=f"{what}; {note}{why}"),
        row("crowd_press_p95", [p95(presses or [float("inf")])], unit="s", budget=PAGE_S, device=device, note=what),
        row("crowd_open_p95", [p95(opened)], unit="s", budget=None, device=device, note=f"with {PAINT_S:g} s to paint"),
    ]


def _stand_in(settings: Settings) -> None:
    """Start a dispatcher whose training is a stand-in, before `serve` starts one; stopping that home's ends it."""
    settings.home.mkdir(parents=True)
    start_dispatcher(settings, subprocess.DEVNULL)


def faults(n: int, found: Sequence[Started]) -> dict[str, int]:
    """Of n learners, each of whom has pressed twice: what is not as it should be.

    missing  learners without a run; doubled  runs beyond one of a learner
    unfair   runs begun before one that was accepted earlier; failed  runs that did not finish
    """
    of_owners = Counter(one.owner for one in found)
    in_turn = sorted(found, key=lambda one: one.created_at)
    begun = [one.claimed_at if one.claimed_at is not None else float("inf") for one in in_turn]
    return {
        "missing": n - len(of_owners),
        "doubled": sum(count - 1 for count in of_owners.values()),
        "unfair": sum(earlier > later for earlier, later in itertools.pairwise(begun)),
        "failed": sum(one.state is not State.FINISHED for one in found),
    }


class Learner(StSession):
    """A tab on the Train page that can press Start."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.start = ""  # the button's id
        self.is_pressed = False

    async def press(self) -> Run:
        """Start, twice in the same moment; the answer is the run's page."""
        self.is_pressed = True
        await self._ws.send(self._request("", False).SerializeToString())
        try:
            return await self.rerun("press")
        finally:
            self.is_pressed = False

    def _request(self, fragment: str, auto: bool) -> Any:
        message = super()._request(fragment, auto)
        if self.is_pressed:
            message.rerun_script.widget_states.widgets.add(id=self.start).trigger_value = True
        return message

    def _element(self, message: Any) -> None:
        super()._element(message)
        element = message.delta.new_element
        if element.WhichOneof("type") == "button" and element.button.id.endswith("-lab.start"):
            self.start = element.button.id


async def _class(site: Site, n: int) -> list[Learner]:
    learners = [Learner(site.url, f"/train?seed={1 + i % 5}") for i in range(n)]
    rng = random.Random(0)
    began = time.monotonic()
    await asyncio.gather(*(_learn(one, COME_S * i / n, began, rng.random()) for i, one in enumerate(learners)))
    for one in learners:
        await one.close()
    return learners


async def _learn(one: Learner, come_s: float, began: float, when: float) -> None:
    """`when`: at which share of PRESS_S, after all have come."""
    try:
        await asyncio.sleep(come_s)
        await one.be_seated()
        await one.open(timeout=120)
        await asyncio.sleep(max(0.0, began + COME_S + PRESS_S / 2 + PRESS_S * when - time.monotonic()))
        await one.press()
    except (OSError, websockets.WebSocketException, TimeoutError, EOFError, ValueError) as bad:
        one.runs.append(Run("failed", 0.0, status="failed", errors=[repr(bad)[:200]]))


@contextmanager
def database() -> Iterator[dict[str, str]]:
    """A database of its own on the server of SOTA_TEST_PG_URL, as the setting that names it; none without a server."""
    if SERVER not in os.environ:
        yield {}
        return
    url, name = sa.make_url(os.environ[SERVER]), f"bench_{uuid.uuid4().hex}"
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE template0"))
    try:
        yield {"SOTA_DB_URL": url.set(database=name).render_as_string(hide_password=False)}
    finally:
        with suppress(SQLAlchemyError), admin.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()
