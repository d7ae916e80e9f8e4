"""Does a cheap experiment rank recipes as the expensive one does?

`python -m benchmarks.training.iteration_speed` trains to find out.
Four recipes, each in several ways: the expensive one, a tenth of its training pictures, smaller pictures, and, of real
pictures, a shallower net; same epochs, same validation pictures, several seeds. What it measured stands in
sota_core/assets and on the chapter's page. Every finished run is written down at once; called again, it goes on where
it was stopped, and two calls at once with different seeds share a file. A seed that is not complete is not shown.
"""

import argparse
import datetime
import itertools
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sota_core import paths
from sota_core.recipes import Recipe, apply_settings, preset
from sota_core.settings import Settings, load
from sota_core.system.locks import held

COMMON = ("split=official", "width=0.125", "n_epochs=4", "bs=32", "precision=fp32", "device=cpu", "tta_n=0")
# What somebody might want to choose between on the first evening.
RECIPES = {
    "rate .0003": ("lr=0.0003",),
    "rate .003": ("lr=0.003",),
    "rate .003, mixup .4": ("lr=0.003", "mixup_alpha=0.4"),
    "rate .03": ("lr=0.03",),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run on one set of pictures. `ways`: the expensive one first; every `valid_every`-th picture is judged."""

    result: Path
    common: tuple[str, ...]
    ways: dict[str, tuple[str, ...]]
    valid_every: int = 1


PLANS = {
    "sample": Plan(
        paths.ASSETS / "iteration_speed.json",
        ("split=official", "arch=xresnet18", *COMMON[1:4], "valid_limit=64", *COMMON[4:], "normalize=dataset"),
        {
            "whole": ("size=48", "presize=96"),
            "tenth": ("size=48", "presize=96", "subset=0.1"),
            "small": ("size=32", "presize=64"),
        },
    ),
    # A fifth of Imagenette stands for the whole: on one core the whole would take an hour.
    "imagenette": Plan(
        paths.ASSETS / "iteration_speed_imagenette.json",
        (*COMMON, "presize=96", "valid_limit=64", "normalize=imagenet"),
        {
            "whole": ("arch=xresnet34", "size=48", "subset=0.2"),
            "net": ("arch=xresnet18", "size=48", "subset=0.2"),
            "small": ("arch=xresnet34", "size=32", "subset=0.2"),
            "tenth": ("arch=xresnet34", "size=48", "subset=0.02"),
        },
        valid_every=2,
    ),
}


def recipe(plan: Plan, source: str, way: str, name: str, seed: int) -> Recipe:
    base = preset("normalize").replace(source=source, seed=seed, preset="custom")
    return apply_settings(base, [*plan.common, *plan.ways[way], *RECIPES[name]])


def folder_of(pictures: str) -> str:
    """A recipe's `source` for these pictures.

    Raises
        SystemExit  the real ones are not there: made-up pictures would rank nothing.
    """
    if pictures == "sample":
        return pictures
    from benchmarks.pictures import pictures_224

    listing, what = pictures_224()
    if what != "Imagenette":
        raise SystemExit("iteration_speed: the 224 px Imagenette must lie beside the checkout; it does not")
    return str(listing.root)


def trained(of: Recipe, valid_every: int, settings: Settings) -> tuple[float, float, int, int]:
    """Accuracy on the validation pictures, CPU seconds of training, and how many pictures each was."""
    import random

    import numpy as np
    import torch

    from sota_core.data.loading.loaders import full_valid_dl
    from sota_core.train.learner import build_learner, fit_phase
    from sota_core.train.prepare import make_dls, prepare

    data = prepare(of, settings, lambda event: None, lambda: False)
    random.seed(of.seed)
    np.random.seed(of.seed)
    torch.manual_seed(of.seed)
    dls, split = make_dls(of, data, 0, lambda event: None), data.parts[0]
    learn = build_learner(of, dls, data.listing.n_classes, data.precision, data.device, [])
    before = time.process_time()
    fit_phase(learn, of.phases[0])
    seconds = time.process_time() - before
    judged = split._replace(valid=split.valid[::valid_every])
    probs, labels = learn.get_preds(dl=full_valid_dl(dls, judged))
    accuracy = float((probs.argmax(1) == labels).float().mean())
    return accuracy, seconds, len(split.train), len(labels)


def measure(pictures: str, seeds: Sequence[int], limit_s: float, settings: Settings, to: Path) -> int:
    """Run what is missing in `to` until the time is up; the number of runs in the file."""
    from sota_core.train.device import choose_device, device_in_words

    plan, source, end = PLANS[pictures], folder_of(pictures), time.monotonic() + limit_s
    device = device_in_words(choose_device("cpu"))
    done = {(row["seed"], row["way"], row["recipe"]) for row in _runs(to)}
    for seed, way, name in itertools.product(seeds, plan.ways, RECIPES):
        if (seed, way, name) in done or time.monotonic() > end:
            continue
        found = trained(recipe(plan, source, way, name, seed), plan.valid_every, settings)
        accuracy, seconds, n_train, n_valid = found
        row = {"way": way, "recipe": name, "seed": seed, "accuracy": round(accuracy, 6), "cpu_s": round(seconds, 2)}
        row |= {"n_train": n_train, "n_valid": n_valid}
        print(row, flush=True)
        with held(to):  # another call may write its own seeds meanwhile
            result = _result(pictures, plan, [*_runs(to), row], device)
            to.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return len(_runs(to))


def _runs(of: Path) -> list[dict]:
    text = of.read_text(encoding="utf-8") if of.exists() else ""
    return json.loads(text)["runs"] if text else []


def _result(pictures: str, plan: Plan, rows: list[dict], device: str) -> dict:
    return {
        "about": "python -m benchmarks.training.iteration_speed; "
        "seconds are processor seconds of training on one thread",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "device": device,
        "source": pictures,
        "common": list(plan.common),
        "ways": {name: list(changes) for name, changes in plan.ways.items()},
        "recipes": {name: list(changes) for name, changes in RECIPES.items()},
        "runs": rows,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", choices=PLANS, default="sample")
    parser.add_argument("--limit", type=float, default=900, metavar="SECONDS")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--to", type=Path, help="instead of the file in sota_core/assets")
    args = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # so that processor seconds mean one core; before torch is loaded
    to = args.to or PLANS[args.pictures].result
    n = measure(args.pictures, args.seeds, args.limit, load(), to)
    print(f"{to}: {n} runs of {len(args.seeds) * len(PLANS[args.pictures].ways) * len(RECIPES)}")
