"""stopwatch: what a newcomer waits for, from a server nobody has visited to the result of a first run. Real Chromium.

Seconds since the server's process was started, and since *Run the first experiment* was pressed: the panel of the run,
the first batch trained, the first point of the accuracy curve, the result. The browser has started before that.
"""

import sys
import time
from typing import Any

from benchmarks.rows import row
from benchmarks.site import browsing, serving

ROUNDS = 3
PATIENCE_MS = 600_000
# since the press → what has then come to the screen
STEPS = {
    "panel": ".st-key-figure-loss",
    "first_batch": "[data-testid=stProgress]:has-text('Training')",
    "first_point": ".st-key-figure-accuracy svg.marks",
    "result": ".st-key-headline",
}
BUDGETS = {"first_batch": 10.0}  # the first point of a curve, on two cores; the others have no bar


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    rounds = [_round() for _ in range(1 if quick else ROUNDS)]
    note = "a home of its own each time; the page's default on this machine: sample, fitted to a minute of training"
    return [
        row(
            f"stopwatch_{name}",
            [found[name] for found in rounds],
            unit="s",
            budget=BUDGETS.get(name),
            device=device,
            note=note if name == "first_screen" else "since the press",
        )
        for name in ("first_screen", *STEPS)
    ]


def _round() -> dict[str, float]:
    """One server, one visitor, one run."""
    with browsing() as page:
        page.set_default_timeout(PATIENCE_MS)
        begun = time.perf_counter()
        with serving(starts_early=True) as site:
            page.goto(site.url)
            page.locator("figure canvas").first.wait_for()
            found = {"first_screen": time.perf_counter() - begun}
            press = page.get_by_role("button", name="Run the first experiment")
            press.wait_for()
            pressed = time.perf_counter()
            press.click()
            for name, where in STEPS.items():
                page.locator(where).first.wait_for()
                found[name] = time.perf_counter() - pressed
                print(f"  {name:13} {found[name]:6.1f} s", file=sys.stderr)
    return found


if __name__ == "__main__":
    for said in measure(quick="--quick" in sys.argv[1:]):
        print(said)
