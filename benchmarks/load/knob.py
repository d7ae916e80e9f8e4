"""knob_cpu: what a knob let go costs the server, on each page whose knobs move their figure in the browser.

A session of Streamlit's own protocol moves one slider and waits for the answer; the server's CPU time is read from the
kernel's clock of that process. A few moves before count nothing: frames of a value nobody has chosen before are made
once for all visitors. Two ways:

- in a row, the next move as soon as the last is answered: a server that has visitors. This is what the bar is for.
- after a rest: one hand on a machine where nothing else happens. Meanwhile the core's caches go to others: the same
  objects are then read from memory, and each move, a bare page's too, costs milliseconds more. How much stands beside
  it: a walk through nine megabytes of objects here, after the same rest and once more at once.

The floor, by the same protocol and in turn with each page: a page of one slider alone in a fragment, which is what
Streamlit itself takes to receive a move, to start a thread for it and to answer. A page's cost is told beside it, as
the difference and the ratio: these hold on a slow machine and on a quick one, milliseconds do not.
"""

import asyncio
import functools
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.load.st_session import Run, StSession
from benchmarks.rows import row
from benchmarks.site import Site, serving

BUDGET_MS = 10.0
# Address → a slider of that page.
KNOBS = {
    "/label_smoothing": "ε",
    "/normalization": "Batch size",
    "/mixup": "α",
    "/tta": "Augmented views n",
    "/resizing": "min_scale",
}
REST_S = 0.25  # between moves: a hand is no faster
ANSWERED_S = 0.05  # what the answer still costs after it has arrived
IN_A_ROW = 5
WARM_UP = 5  # moves that do not count
_BARE = """
import streamlit as st
st.title("Bare")
@st.fragment
def knob():
    st.slider("v", 0.0, 1.0, 0.5, 0.01)
knob()
"""


@dataclass(frozen=True, slots=True)
class Moves:
    """Milliseconds of the server's CPU a move; what came back for each; and what the machine was like meanwhile.

    row      in a row, each the mean of a few; `rested` one by one, after a rest
    idle_ms  for as long a time in which nobody moved
    """

    row: list[float] = field(default_factory=list)
    rested: list[float] = field(default_factory=list)
    idle_ms: list[float] = field(default_factory=list)
    n_scripts: list[float] = field(default_factory=list)
    n_messages: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """A page's moves, those of the bare page in turn with them, and the walk's milliseconds (after a rest, at once)."""

    ours: Moves = field(default_factory=Moves)
    bare: Moves = field(default_factory=Moves)
    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)

    def told(self) -> str:
        return f"{_over(self.ours.row, self.bare.row)}; after a rest {_over(self.ours.rested, self.bare.rested)}"


def _over(ours: Sequence[float], bare: Sequence[float]) -> str:
    """`7.2 ms (bare page 5.1: +2.1, 1.4 ×)`"""
    a, b = median(ours), median(bare)
    return f"{a:.1f} ms (bare page {b:.1f}: {a - b:+.1f}, {a / b:.1f} ×)"


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    n = 10 if quick else 40
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "bare.py"
        script.write_text(_BARE)
        with serving(script) as bare, serving() as site:
            pages = asyncio.run(_pages(site, bare, n))
    worst = max(pages, key=lambda address: median(pages[address].ours.row))
    colder = max(pages, key=lambda address: median(pages[address].ours.rested))
    cold, warm = (median([ms for page in pages.values() for ms in getattr(page, of)]) for of in ("cold", "warm"))
    each = ", ".join(f"{address} {median(page.ours.row):.1f}" for address, page in pages.items())
    rested = ", ".join(f"{address} {median(page.ours.rested):.1f}" for address, page in pages.items())
    return [
        row(
            "knob_cpu",
            pages[worst].ours.row,
            unit="ms",
            budget=BUDGET_MS,
            device=device,
            note=f"in a row; worst page {worst}, {_over(pages[worst].ours.row, pages[worst].bare.row)}; {each}",
        ),
        row(
            "knob_cpu_rested",
            pages[colder].ours.rested,
            unit="ms",
            budget=None,
            device=device,
            note=f"after {REST_S:g} s of rest; worst page {colder}, "
            f"{_over(pages[colder].ours.rested, pages[colder].bare.rested)}; {rested}; a walk through objects "
            f"{cold:.1f} ms after the rest, {warm:.1f} at once",
        ),
    ]


async def _pages(site: Site, bare: Site, n: int) -> dict[str, Page]:
    """Each page, and the page of one slider, which is moved in turn: both meet the same machine."""
    rng = random.Random(0)
    pages = {}
    alone = StSession(bare.url, "/")
    await alone.open(timeout=120)
    for address, label in KNOBS.items():
        session = StSession(site.url, address)
        await session.open(timeout=120)
        both = ((Moves(), alone, bare.pid, "v"), (Moves(), session, site.pid, label))
        page = Page(both[1][0], both[0][0])
        for _ in range(WARM_UP):
            await _moves(session, label, rng, 1)
        for _ in range(n):
            for moves, of, pid, name in both:
                await _rested(moves, page, of, pid, name, rng)
        for _ in range(n // IN_A_ROW):
            for moves, of, pid, name in both:
                await _moves(of, name, rng, 1)  # the first of a row finds the caches cold
                before = cpu_s(pid)
                await _moves(of, name, rng, IN_A_ROW)
                await asyncio.sleep(ANSWERED_S)
                moves.row.append(1e3 * (cpu_s(pid) - before) / IN_A_ROW)
        await session.close()
        pages[address] = page
        print(
            f"  {address:18} {page.told()}; {median(page.ours.n_scripts):g} run and {median(page.ours.n_messages):g} "
            f"messages a move, the bare page {median(page.bare.n_messages):g}; at rest {median(page.ours.idle_ms):.2f} "
            f"ms in as long a time; a walk {median(page.cold):.1f} ms after the rest, {median(page.warm):.1f} at once",
            file=sys.stderr,
        )
    await alone.close()
    return pages


async def _rested(moves: Moves, page: Page, session: StSession, pid: int, label: str, rng: random.Random) -> None:
    before = cpu_s(pid)
    await asyncio.sleep(ANSWERED_S)
    moves.idle_ms.append(1e3 * (cpu_s(pid) - before))
    await asyncio.sleep(REST_S)
    page.cold.append(_walk())
    page.warm.append(_walk())
    await asyncio.sleep(REST_S)
    before = cpu_s(pid)
    (run,) = await _moves(session, label, rng, 1)
    await asyncio.sleep(ANSWERED_S)
    moves.rested.append(1e3 * (cpu_s(pid) - before))
    moves.n_scripts.append(run.n_scripts)
    moves.n_messages.append(run.n_messages)


async def _moves(session: StSession, label: str, rng: random.Random, n: int) -> list[Run]:
    """That many moves, each as soon as the last one is answered."""
    runs = [await session.set_slider(*somewhere(session, label, rng)) for _ in range(n)]
    assert all(run.is_good for run in runs), runs
    return runs


@functools.cache
def _objects() -> list[dict[str, Any]]:
    """About nine megabytes in no order that memory has."""
    made = [{"number": i, "words": str(i)} for i in range(30_000)]
    random.Random(0).shuffle(made)
    return made


def _walk() -> float:
    """CPU milliseconds of this thread to look at them once."""
    made = _objects()
    begin = time.thread_time()
    sum(one["number"] for one in made)
    return 1e3 * (time.thread_time() - begin)


def somewhere(session: StSession, label: str, rng: random.Random) -> tuple[str, float]:
    """A step of the slider with this label, drawn at random."""
    slider = next(s for s, _ in session.sliders.values() if label in s.label)
    n_steps = round((slider.max - slider.min) / slider.step)
    return slider.label, slider.min + rng.randint(0, n_steps) * slider.step


def cpu_s(pid: int) -> float:
    """CPU seconds a process has used, all threads, ended ones too (Linux: the clock of another process)."""
    return time.clock_gettime((~pid << 3) | 2)


if __name__ == "__main__":
    for found in measure(quick="--whole" not in sys.argv):
        print(found)
