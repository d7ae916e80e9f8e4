"""lesson: what two minutes of training reach. `train --recipe baseline --budget 120` on the real Imagenette, the app
watching; accuracy on the whole official validation split, plain, one figure a seed, and the seconds of training.

Six minutes a seed at most, so only when asked for: `python -m benchmarks lesson`.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.load.st_session import StSession
from benchmarks.pictures import pictures_224
from benchmarks.rows import row
from benchmarks.site import Site, serving
from sota_core import paths
from sota_core.system.environment import child_environment

RECIPE, ACCURACY, BUDGET_S = "baseline", 0.73, 120
SEEDS = (1, 2, 3)


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    listing, what = pictures_224()
    with tempfile.TemporaryDirectory() as home, serving(home=Path(home)) as site:
        ended = [asyncio.run(_train(site, listing.root, device, seed)) for seed in SEEDS[: 1 if quick else None]]
    plain, tta, seconds, recipes = zip(*ended, strict=True)
    note = f"mean; {what}; {'; '.join(sorted(set(recipes)))}; with TTA {sum(tta) / len(tta):.3f}"
    return [
        row("lesson_accuracy", plain, unit="share", budget=ACCURACY, device=device, note=note, better="higher")
        | {"value": round(sum(plain) / len(plain), 5)},  # the bar is the mean's
        row("lesson_seconds", [max(seconds)], unit="s", budget=BUDGET_S, device=device, note="the longest of them"),
    ]


async def _train(site: Site, root: Path, device: str, seed: int) -> tuple[float, float, float, str]:
    """Train in a process of its own while one visitor watches; plain and TTA accuracy, seconds, the scaled recipe."""
    command = [sys.executable, "-m", "sota_core", "train", "--recipe", RECIPE, "--data", str(root)]
    command += ["--budget", str(BUDGET_S), "--seed", str(seed), "--set", f"device={device}", "--jsonl"]
    training = await asyncio.create_subprocess_exec(
        *command,
        cwd=paths.ROOT,
        env=child_environment(site.settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert training.stdout is not None
    events: list[dict[str, Any]] = []
    visitor: StSession | None = None
    async for line in training.stdout:
        events.append(json.loads(line))
        if visitor is None:
            visitor = StSession(site.url, f"/train?run={events[-1]['run']}")
            await visitor.open(timeout=120)
    if await training.wait() != 0:
        raise RuntimeError(f"the run of seed {seed} ended as {events[-1:]}")
    assert visitor is not None
    await visitor.close()
    passes = [event["accuracy"] for event in events if event["kind"] == "tta_pass"]
    seconds = sum(event["seconds"] for event in events if event["kind"] == "epoch")
    started = next(event for event in events if event["kind"] == "started")
    phase = started["recipe"]["phases"][0]
    told = f"{started['n_train']} pictures × {phase['n_epochs']} epochs at {phase['size']} px, {started['precision']}"
    print(f"  seed {seed}: {passes[0]:.4f} plain, {passes[-1]:.4f} TTA, {seconds:.0f} s, {told}", file=sys.stderr)
    return passes[0], passes[-1], seconds, told


if __name__ == "__main__":
    for found in measure(quick=True):
        print(found)
