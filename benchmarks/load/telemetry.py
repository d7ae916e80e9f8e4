"""telemetry: CPU time a worker spends on telling what it does, against the CPU time it trains.

The real worker, store and sink: the sink counts the CPU time of its own work into the run's summary.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks.pictures import pictures_224
from benchmarks.rows import row
from sota_core.recipes import Phase, Recipe
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.runs.worker import worker
from sota_core.settings import load
from sota_core.system.environment import prepare_to_train
from sota_core.train.events import Event

BUDGET = 0.01


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    listing, what = pictures_224()
    rounds = 2 if quick else 3
    with tempfile.TemporaryDirectory() as home:
        settings = load({"SOTA_HOME": home})
        shares, counts = zip(*[_share(settings, listing.root, device, seed) for seed in range(rounds)], strict=True)
    return [
        row(
            "telemetry",
            shares,
            unit="ratio",
            budget=BUDGET,
            device=f"{device}, {torch.get_num_threads()} threads",
            note=f"{what}, 64 px, small net; {counts[0]} events",
        )
    ]


def _share(settings: Any, root: Path, device: str, seed: int) -> tuple[float, int]:
    recipe = Recipe(
        phases=(Phase(size=64, bs=64, n_epochs=2),),
        source=str(root),
        arch="xresnet18",
        width=0.5,
        subset=0.15,
        valid_limit=200,
        presize=128,
        tta_n=0,
        device=device,
        seed=seed,
    )
    clock: dict[str, float] = {}

    def listen(event: Event) -> None:
        # from the first batch to the last epoch: fitting only, neither decoding nor export
        if event["kind"] in ("started", "epoch"):
            clock[event["kind"]] = time.process_time()

    with Store(settings) as store:
        run = store.queue.submit(recipe, owner="bench", state=State.STARTING)
        worker.main(run.id, run.attempt, settings, listener=listen)
        ended = store.history.get(run.id)
        if ended.state is not State.FINISHED:
            raise RuntimeError(f"the run ended as {ended.state}: {ended.message}")
        n_events = len(store.log.events(run.id))
    return ended.summary["telemetry_cpu_s"] / (clock["epoch"] - clock["started"]), n_events


if __name__ == "__main__":
    prepare_to_train()
    for found in measure():
        print(found)
