"""knob_cpu: what a knob let go costs the server, on each page whose knobs move their figure in the browser.

A session of Streamlit's own protocol moves one slider, waits for the answer, and the server's CPU time since then is
read from the kernel's clock of that process. A few moves before count nothing: frames of a value nobody has chosen
before are made once for all visitors.

The floor, by the same protocol in the same run: a page of one slider alone in a fragment, which is what Streamlit
itself takes to receive a move, to start a thread for it and to answer.
"""

import asyncio
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.load.st_session import StSession
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
WARM_UP = 5  # moves that do not count
_BARE = """
import streamlit as st
st.title("Bare")
@st.fragment
def knob():
    st.slider("v", 0.0, 1.0, 0.5, 0.01)
knob()
"""


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    n = 10 if quick else 40
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "bare.py"
        script.write_text(_BARE)
        with serving(script) as bare, serving() as site:
            costs, floor = asyncio.run(_costs(site, bare, n))
    medians = {address: statistics.median(found) for address, found in costs.items()}
    worst = max(medians, key=medians.__getitem__)
    each = ", ".join(f"{address} {ms:.1f}" for address, ms in medians.items())
    note = f"worst page {worst}; medians of {n}: {each}; a page of one slider alone {statistics.median(floor):.1f}"
    return [row("knob_cpu", costs[worst], unit="ms", budget=BUDGET_MS, device=device, note=note)]


async def _costs(site: Site, bare: Site, n: int) -> tuple[dict[str, list[float]], list[float]]:
    """Of each page, and of the page of one slider, which is moved in between: both meet the same machine."""
    rng = random.Random(0)
    costs: dict[str, list[float]] = {}
    floor = []
    alone = StSession(bare.url, "/")
    await alone.open(timeout=120)
    for address, label in KNOBS.items():
        session = StSession(site.url, address)
        await session.open(timeout=120)
        found = []
        for i in range(-WARM_UP, n):
            cost = await _cost(session, site.pid, label, rng)
            if i >= 0:
                found.append(cost)
            if i % len(KNOBS) == 0:
                floor.append(await _cost(alone, bare.pid, "v", rng))
        await session.close()
        costs[address] = found
    await alone.close()
    return costs, floor


async def _cost(session: StSession, pid: int, label: str, rng: random.Random) -> float:
    """CPU milliseconds of the server for one move."""
    await asyncio.sleep(REST_S)
    before = _cpu_s(pid)
    run = await session.set_slider(*somewhere(session, label, rng))
    await asyncio.sleep(0.05)  # what the answer still costs after it has arrived
    assert run.is_good, run
    return 1e3 * (_cpu_s(pid) - before)


def somewhere(session: StSession, label: str, rng: random.Random) -> tuple[str, float]:
    """A step of the slider with this label, drawn at random."""
    slider = next(s for s, _ in session.sliders.values() if label in s.label)
    n_steps = round((slider.max - slider.min) / slider.step)
    return slider.label, slider.min + rng.randint(0, n_steps) * slider.step


def _cpu_s(pid: int) -> float:
    """CPU seconds a process has used, all threads, ended ones too (Linux: the clock of another process)."""
    return time.clock_gettime((~pid << 3) | 2)


if __name__ == "__main__":
    for found in measure(quick=True):
        print(found)
