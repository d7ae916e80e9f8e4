"""estimates: how far the estimate made before a run lies from what it took, over runs of mixed recipes, the first ones
of a machine that knows nothing but the assumed throughput.

Real processes, one run after the other; each is estimated by those before it, from its submission to its end.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from benchmarks.rows import row
from sota_core.recipes import DEFAULT_THROUGHPUT, PRESETS, Phase, Recipe
from sota_core.recipes.duration import expect
from sota_core.runs.dispatch import dispatcher
from sota_core.runs.past import past
from sota_core.runs.store.store import Store
from sota_core.settings import load
from sota_core.system.environment import child_environment

BUDGET = 0.25
SAMPLE = {"n_train": 1500, "n_valid": 500}
_SHAPES = ((48, 4), (64, 4), (40, 6), (80, 4), (56, 5))  # px, epochs
_TECHNIQUES: tuple[dict[str, Any], ...] = (
    {},
    {"mixup_alpha": 0.4, "normalize": "imagenet"},
    {"label_smoothing": 0.1, "tta_n": 0},
    {"tta_n": 8, "subset": 0.5},
)


def recipes() -> list[Recipe]:
    """Twenty: every shape with every technique, neighbours unlike each other; the last with two sizes."""
    base = PRESETS["baseline"].replace(source="sample", arch="xresnet18", width=0.5, presize=160, split="official")
    base = base.replace(precision="auto", valid_limit=500)
    made = []
    for i, changes in enumerate(_TECHNIQUES):
        for k in range(len(_SHAPES)):
            size, n = _SHAPES[(2 * k + i) % len(_SHAPES)]
            made.append(base.replace(phases=(Phase(size=size, bs=32, n_epochs=n),), seed=k, **changes))
    first, last = Phase(size=32, bs=32, n_epochs=2), Phase(size=64, bs=32, n_epochs=2, lr=1e-3, method="fine_tune")
    return [*made[:-1], base.replace(phases=(first, last))]


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    chosen = recipes()[:: 3 if quick else 1]
    off: list[float] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        settings = load({"SOTA_HOME": home, "SOTA_DATA_DIR": f"{home}/data"})
        process = subprocess.Popen([sys.executable, "-m", "sota_core", "dispatch"], env=child_environment(settings))
        try:
            with Store(settings) as store:
                for recipe in chosen:
                    expected = expect(recipe, DEFAULT_THROUGHPUT, past(store), **SAMPLE).total
                    took = _took(store, recipe)
                    off.append(abs(expected / took - 1))
                    size = "+".join(str(p.size) for p in recipe.phases)
                    print(f"  {size} px: expected {expected:.0f} s, took {took:.0f} s", file=sys.stderr)
        finally:
            dispatcher.stop(settings)
            process.wait(timeout=30)
    note = f"share of what it took; {len(off)} runs on the sample, the worst {max(off):.2f}; "
    note += f"without the first, median {statistics.median(off[1:]):.2f}"
    return [row("estimates", off, unit="ratio", budget=BUDGET, device=device, note=note)]


def _took(store: Store, recipe: Recipe) -> float:
    run = store.queue.submit(recipe, owner="bench")
    while not (seen := store.history.get(run.id)).is_terminal:
        time.sleep(0.1)
    assert seen.ended_at is not None and seen.reason is None, seen.message
    return seen.ended_at - seen.created_at


if __name__ == "__main__":
    for found in measure(quick="--quick" in sys.argv):
        print(found)
