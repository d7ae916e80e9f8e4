"""Trains the chapter's experiments on real pictures and writes the recordings that come with the app. For those
of a graphics card there is `python -m benchmarks gpu seven --recordings FOLDER`.

`python -m benchmarks.training.recordings --data FOLDER --budget 120` fits each experiment to this machine; without
--budget it is trained as printed (for a GPU). One after the other, each by `train` in a process of its own. What is
there already is passed over, so a call that was broken off is repeated; --again trains it anew. Nothing else may run
meanwhile: the times in a recording are shown as this device's.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from sota_core.recipes import PRESETS, Recipe
from sota_core.runs.recordings.recording import SHIPPED_FOLDER, Recording, record
from sota_core.runs.recordings.recording import load as load_recording
from sota_core.runs.store.store import Store
from sota_core.settings import Settings, load
from sota_core.system.environment import child_environment
from sota_core.system.files import write_atomically
from sota_core.train.device import choose_device, device_in_words

RECIPES = ("baseline", "normalize", "progressive", "mixup", "label_smoothing", "all")


def main(argv: list[str] | None = None) -> int:
    args = _parser().parse_args(argv)
    names = args.recipes.split(",")
    if unknown := set(names) - set(PRESETS):
        raise SystemExit(f"no recipe is called {', '.join(sorted(unknown))}; there are {', '.join(PRESETS)}")
    args.to.mkdir(parents=True, exist_ok=True)
    here = slug(device_in_words(choose_device("auto")))
    found = {p: load_recording(p.read_bytes()) for p in args.to.glob("*.json")}
    there = {of.recipe.preset: p for p, of in found.items() if slug(of.device) == here}
    with tempfile.TemporaryDirectory() as temporary:
        # one home for all: pictures are decoded and the machine is measured once
        settings = load({"SOTA_HOME": str(args.home or temporary)})
        for name in names:
            if name in there and not args.again:
                print(f"{name}: there already, {there[name].name}", flush=True)
                continue
            made = train(name, args.data, args.budget, args.seed, args.changes, settings)
            file = args.to / f"{made.id}.json"
            write_atomically(file, made.to_json())
            print(told(made, file), flush=True)
    return 0


def train(name: str, data: str, budget_s: float | None, seed: int, changes: list[str], settings: Settings) -> Recording:
    """One experiment, trained now. Blocking; the run's own bar is shown.

    Raises
        CalledProcessError  the run did not finish.
    """
    command = [sys.executable, "-m", "sota_core", "train", "--recipe", name, "--data", data, "--seed", str(seed)]
    command += ["--budget", f"{budget_s:g}"] if budget_s else []
    command += [part for change in changes for part in ("--set", change)]
    subprocess.run(command, env=child_environment(settings), check=True)
    with Store(settings) as store:
        run = store.history.latest(1)[0]
        device = next(e["device"] for e in store.log.events(run.id, kinds=["started"]))
        return record(run, store.log.events(run.id), id=file_id(run.recipe, device))


def file_id(recipe: Recipe, device: str) -> str:
    """`label-smoothing-nvidia-h200`"""
    return f"{recipe.preset}-{slug(device)}".replace("_", "-")


def slug(device: str) -> str:
    """
    >>> slug("CPU, 2 threads (x86_64)"), slug("NVIDIA H200"), slug("Apple GPU (arm64)")
    ('cpu', 'nvidia-h200', 'apple-gpu')
    """
    return re.sub(r"[^a-z0-9]+", "-", re.split(r"[,(]", device)[0].lower()).strip("-")


def told(made: Recording, file: Path) -> str:
    summary, phases = made.summary, ", then ".join(f"{p.n_epochs} × {p.size} px" for p in made.recipe.phases)
    tta = f", TTA {summary['tta_accuracy']:.4f}" if summary["tta_accuracy"] is not None else ""
    return (
        f"{file.name}: {phases}; {summary['accuracy']:.4f} of {summary['n_valid']}{tta}; {summary['seconds']:.0f} s on "
        f"{made.device}, {made.date}; {file.stat().st_size / 1000:.0f} kB"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training.recordings", description=__doc__)
    parser.add_argument("--data", required=True, help="a data set's id, or a folder with the real pictures")
    parser.add_argument("--budget", type=float, metavar="SECONDS", help="of training for each; default: as printed")
    parser.add_argument("--recipes", default=",".join(RECIPES), metavar="NAME,…")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", dest="changes")
    parser.add_argument("--to", type=Path, default=SHIPPED_FOLDER, help="default: where the app looks")
    parser.add_argument("--home", type=Path, help="keep runs and decoded pictures here; default: a temporary folder")
    parser.add_argument("--again", action="store_true", help="train also what is there already")
    return parser


if __name__ == "__main__":
    sys.exit(main())
