"""cancel: from the request to stop to the end of a run; by real training, which obeys, and by one that does not."""

import signal
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.chaos.place import RECIPE, Site
from benchmarks.load.sessions import long_run, wait_for_batches
from benchmarks.rows import row
from sota_core.runs.states import State
from sota_core.runs.store.store import Store

COOPERATIVE_S, HARD_S = 2.0, 10.0


def deaf(recipe, settings, *, emit, should_stop, out_dir) -> None:
    """Stands in for a training step that never ends: asks nobody, and ignores the polite signal."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    emit({"kind": "batch", "step": 1, "total_steps": 2, "phase": 0, "loss": 1.0, "smooth_loss": 1.0})
    while True:
        time.sleep(3600)


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    n = 2 if quick else 7
    hearing = _times("sota_core.train.fit:run_recipe", long_run(device), n)
    not_hearing = _times("benchmarks.load.cancel:deaf", RECIPE, max(1, n // 2))
    return [
        row("cancel", hearing, unit="s", budget=COOPERATIVE_S, device=device, note="real training, 64 px, batch of 64"),
        row("cancel_hard", not_hearing, unit="s", budget=HARD_S, device=device, note="a worker that does not hear"),
    ]


def _times(trainer: str, recipe: Any, n: int) -> list[float]:
    took = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        site = Site(Path(home), slots=1, log=Path(home) / "dispatcher.log", trainer=trainer)
        site.start()
        try:
            for _ in range(n):
                took.append(_time(site.store, recipe))
        finally:
            site.kill()
    return took


def _time(store: Store, recipe: Any) -> float:
    run = store.queue.submit(recipe, owner="bench")
    wait_for_batches(store, run.id)
    start = time.monotonic()
    store.transitions.request_cancel(run.id)
    while not store.history.get(run.id).is_terminal:
        if time.monotonic() - start > 60:
            raise TimeoutError(
                f"run {run.id} is still {store.history.get(run.id).state} 60 s after it was asked to stop"
            )
        time.sleep(0.01)
    took = time.monotonic() - start
    if (ended := store.history.get(run.id).state) is not State.CANCELLED:
        raise RuntimeError(f"run {run.id} was asked to stop and is {ended}")
    return took


if __name__ == "__main__":
    for found in measure(quick=True):
        print(found)
