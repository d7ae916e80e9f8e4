"""start: from submit to running with a free slot, and from running to the first batch event; a warm dispatcher.

Real processes: the dispatcher in its own, workers from its fork server. Times are the store's own, so they hold for
whoever watches.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any, TypeVar

from benchmarks.pictures import pictures_224
from benchmarks.rows import row
from sota_core.recipes import Phase, Recipe
from sota_core.runs.dispatch import dispatcher
from sota_core.runs.run import Run
from sota_core.runs.store.store import Store
from sota_core.settings import load
from sota_core.system.environment import child_environment

RUNNING_S, FIRST_BATCH_S = 0.3, 1.0
T = TypeVar("T")


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    listing, _ = pictures_224()
    rounds = 3 if quick else 9
    recipe = Recipe(
        phases=(Phase(size=32, bs=32, n_epochs=1),),
        source=str(listing.root),
        arch="xresnet18",
        width=0.25,
        presize=64,
        valid_limit=100,
        subset=0.05,
        tta_n=0,
        device=device,
    )
    with tempfile.TemporaryDirectory() as home:
        settings = load({"SOTA_HOME": home})
        process = subprocess.Popen([sys.executable, "-m", "sota_core", "dispatch"], env=child_environment(settings))
        try:
            with Store(settings) as store:
                _start(store, recipe)  # builds the cache and waits until fastai is preloaded
                times = [_start(store, recipe) for _ in range(rounds)]
        finally:
            dispatcher.stop(settings)
            process.wait(timeout=30)
    running, first = zip(*times, strict=True)
    return [
        row("start_running", running, unit="s", budget=RUNNING_S, device=device, note="submit → running"),
        row("start_first_batch", first, unit="s", budget=FIRST_BATCH_S, device=device, note="running → first batch"),
    ]


def _start(store: Store, recipe: Recipe) -> tuple[float, float]:
    run = store.queue.submit(recipe, owner="bench")
    began = _wait(lambda: store.log.events(run.id, kinds=["batch"]), store, run)
    seen = store.history.get(run.id)
    store.transitions.request_cancel(run.id)
    _wait(lambda: store.history.get(run.id).is_terminal, store, run)
    assert seen.started_at is not None
    return seen.started_at - seen.created_at, began[0]["t"] - seen.started_at


def _wait(look: Callable[[], T], store: Store, run: Run) -> T:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.02)
    raise TimeoutError(f"run {run.id} is still {store.history.get(run.id).state}")


if __name__ == "__main__":
    for found in measure():
        print(found)
