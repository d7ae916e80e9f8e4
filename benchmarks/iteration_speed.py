"""Does a cheap experiment rank recipes as the dear one does? `python -m benchmarks.iteration_speed` trains to find out.

Four recipes, each on the whole sample, on a tenth of its training pictures, and on smaller pictures; same epochs,
same validation pictures, several seeds. What it measured stands in sota_core/assets/iteration_speed.json and on the
chapter's page. Every finished run is written down at once; called again, it goes on where it was stopped. A seed
that is not complete is not shown.
"""

import argparse
import datetime
import itertools
import json
import os
import time
from pathlib import Path

from sota_core.recipes import Recipe, apply_settings, preset
from sota_core.settings import Settings, load

RESULT = Path(__file__).parents[1] / "sota_core" / "assets" / "iteration_speed.json"
COMMON = (
    "split=official",
    "arch=xresnet18",
    "width=0.125",
    "n_epochs=4",
    "bs=32",
    "valid_limit=64",
    "precision=fp32",
    "device=cpu",
    "tta_n=0",
)
# What somebody might want to choose between on the first evening.
RECIPES = {
    "rate .0003": ("lr=0.0003",),
    "rate .003": ("lr=0.003",),
    "rate .003, mixup .4": ("lr=0.003", "mixup_alpha=0.4"),
    "rate .03": ("lr=0.03",),
}
WAYS = {
    "whole": ("size=48", "presize=96"),
    "tenth": ("size=48", "presize=96", "subset=0.1"),
    "small": ("size=32", "presize=64"),
}


def recipe(way: str, name: str, seed: int) -> Recipe:
    base = preset("normalize").replace(source="sample", seed=seed, preset="custom")
    return apply_settings(base, [*COMMON, *WAYS[way], *RECIPES[name], "normalize=dataset"])


def trained(of: Recipe, settings: Settings) -> tuple[float, float, int, int]:
    """Accuracy on all validation pictures, CPU seconds of training, and how many pictures each was."""
    import random

    import numpy as np
    import torch

    from sota_core.data.loaders import full_valid_dl
    from sota_core.train.learner import build_learner, fit_phase
    from sota_core.train.prepare import make_dls, prepare

    data = prepare(of, settings, lambda event: None, lambda: False)
    random.seed(of.seed)
    np.random.seed(of.seed)
    torch.manual_seed(of.seed)
    dls, split = make_dls(of, data, 0, lambda event: None)
    learn = build_learner(of, dls, data.listing.n_classes, data.precision, data.device, [])
    before = time.process_time()
    fit_phase(learn, of.phases[0])
    seconds = time.process_time() - before
    probs, labels = learn.get_preds(dl=full_valid_dl(dls, split))
    accuracy = float((probs.argmax(1) == labels).float().mean())
    return accuracy, seconds, len(split.train), len(labels)


def measure(seeds: range, limit_s: float, settings: Settings, to: Path) -> int:
    """Run what is missing in `to` until the time is up; the number of runs in the file."""
    from sota_core.train.device import choose_device, device_in_words

    end = time.monotonic() + limit_s
    rows = json.loads(to.read_text(encoding="utf-8"))["runs"] if to.exists() else []
    done = {(row["seed"], row["way"], row["recipe"]) for row in rows}
    for seed, way, name in itertools.product(seeds, WAYS, RECIPES):
        if (seed, way, name) in done or time.monotonic() > end:
            continue
        accuracy, seconds, n_train, n_valid = trained(recipe(way, name, seed), settings)
        row = {"way": way, "recipe": name, "seed": seed, "accuracy": round(accuracy, 6), "cpu_s": round(seconds, 2)}
        rows.append(row | {"n_train": n_train, "n_valid": n_valid})
        print(rows[-1], flush=True)
        found = _result(rows, device_in_words(choose_device("cpu")))
        to.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return len(rows)


def _result(rows: list[dict], device: str) -> dict:
    return {
        "about": "python -m benchmarks.iteration_speed; seconds are processor seconds of training on one thread",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "device": device,
        "source": "sample",
        "common": list(COMMON),
        "ways": {name: list(changes) for name, changes in WAYS.items()},
        "recipes": {name: list(changes) for name, changes in RECIPES.items()},
        "runs": rows,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=float, default=900, metavar="SECONDS")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--to", type=Path, default=RESULT)
    args = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # so that processor seconds mean one core; before torch is loaded
    n = measure(range(1, args.seeds + 1), args.limit, load(), args.to)
    print(f"{args.to}: {n} runs of {args.seeds * len(WAYS) * len(RECIPES)}")
