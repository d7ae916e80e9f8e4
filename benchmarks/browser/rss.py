"""rss: memory of the web process after a browser has visited every page."""

import re
from pathlib import Path
from typing import Any

import psutil

from benchmarks.rows import row
from benchmarks.site import browsing, serving, visit
from pages.shared.session import site

BUDGET_MB = 300


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    with serving() as site, browsing() as page:
        for address in addresses():
            visit(page, f"{site.url}/{address}")
        process = psutil.Process(site.pid)
        rss = process.memory_info().rss / 2**20
        libraries = {Path(m.path).name for m in process.memory_maps()}
    brought = sorted(name for name in libraries if re.match(r"libtorch|libc10", name))
    note = f"{len(addresses())} pages; torch is {'loaded: ' + ', '.join(brought) if brought else 'not loaded'}"
    return [row("rss", [rss if not brought else float("inf")], unit="MB", budget=BUDGET_MB, device=device, note=note)]


def addresses() -> list[str]:
    """Every page of the navigation, home first."""
    return [site.path(entry.address) for entry in site.PAGES]


if __name__ == "__main__":
    for found in measure():
        print(found)
