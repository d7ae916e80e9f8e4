"""`make gpu`: the tests marked `gpu`, then what a training run costs on this card; ten minutes at most.

Prints the card, its driver, versions and a table for docs/performance.md; writes benchmarks/results/gpu.json. Exit 0
when all bars hold, 1 when one does not, or something broke, had no time, was not replayed or saw nothing; 2 without a
card or without Imagenette.
"""

import argparse
import contextlib
import gc
import importlib
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu.lab import Lab
from benchmarks.pictures import imagenette_224
from benchmarks.rows import is_met, table
from sota_core import paths
from sota_core.data.pictures.listing import list_pictures
from sota_core.data.sets.fetching import ensure
from sota_core.settings import load
from sota_core.train.device import driver

RESULTS = paths.ROOT / "benchmarks" / "results" / "gpu.json"
# What takes long and tells most comes first; calibrate's forecast needs what seven took.
PARTS = ("seven", "calibrate", "waits", "steps", "stock", "model_only", "ways")
LIMIT_S = 570
TESTS_SHARE = 0.4  # of the limit, at most: they took 107 s on an H200, and what is measured needs the rest
MARK = "pytest.mark.gpu"


def main(argv: list[str]) -> int:
    parser = _parser()
    args = parser.parse_args(argv)
    if unknown := set(args.only) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if not args.smoke and not torch.cuda.is_available():
        print("make gpu needs an NVIDIA GPU that torch can start; `python -m benchmarks gpu --smoke` runs without one")
        return 2
    place = args.data or (None if args.smoke else imagenette_224())
    if place is None and not args.smoke:
        print("make gpu needs Imagenette: python -m benchmarks gpu --data FOLDER, a folder with train and val")
        return 2
    end = time.monotonic() + args.limit
    with tempfile.TemporaryDirectory() as home:
        settings = load({**os.environ, "SOTA_HOME": home})
        listing = list_pictures(place or ensure("sample", load()))
        device = torch.device("cpu" if args.smoke else "cuda")
        tested = run_tests(TESTS_SHARE * args.limit)
        lab = Lab(device, settings, listing, args.smoke, end, args.recordings)
        broken = ["tests marked gpu"] if tested else []
        if tested is None:
            lab.missed.append("tests marked gpu")
        rows, more = measured(lab, args.only or PARTS)
    broken += more
    print(f"\n{in_words(lab)}\n\n{table(rows)}")
    for what, names in (("Figures are missing, because it broke", broken), ("No time was left for", lab.missed)):
        if names:
            print(f"\n{what}: {', '.join(names)}")
    args.to.parent.mkdir(parents=True, exist_ok=True)
    args.to.write_text(json.dumps({"about": in_words(lab), "rows": rows}, indent=1) + "\n", encoding="utf-8")
    return 0 if not broken and not lab.missed and all(map(is_met, rows)) else 1


def run_tests(seconds: float) -> int | None:
    """pytest's exit status for the tests marked `gpu`, None if they took longer; without a card they are skipped."""
    files = [str(p) for p in sorted((paths.ROOT / "tests").rglob("test_*.py")) if MARK in p.read_text(encoding="utf-8")]
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider", *files]
    with subprocess.Popen(command, cwd=paths.ROOT) as tests:
        try:
            return tests.wait(seconds)
        except subprocess.TimeoutExpired:
            tests.send_signal(signal.SIGINT)  # pytest then says which failed so far
            try:
                tests.wait(10)
            except subprocess.TimeoutExpired:
                tests.kill()
            return None


def measured(lab: Lab, names: tuple[str, ...] | list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of these parts, also those that a part gave before it broke, and which of them broke."""
    rows: list[dict[str, Any]] = []
    broken: list[str] = []
    for name in names:
        print(f"… {name}, {lab.ends - time.monotonic():.0f} s left", file=sys.stderr)
        n_before = len(rows)
        try:
            for found in importlib.import_module(f"benchmarks.gpu.{name}").measure(lab):
                rows.append(found)  # one by one: each took up to a minute
        except Exception:
            traceback.print_exc()
            broken.append(name)
        print(table(rows[n_before:]), file=sys.stderr)
        gc.collect()  # a Learner and its callbacks hold one another; an error's traceback held them until here
        if lab.device.type == "cuda":
            with contextlib.suppress(RuntimeError):  # a dead card, which the next part says; the rows are kept
                torch.cuda.empty_cache()
    return rows, broken


def in_words(lab: Lab) -> str:
    version_of_driver = driver() if lab.device.type == "cuda" else None
    where = f"{lab.words} (driver {version_of_driver})" if version_of_driver else lab.words
    said = f"{where}, {os.cpu_count()} cores, Python {platform.python_version()}, torch {torch.__version__}"
    if lab.device.type == "cuda":
        said += f", CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}"
    return f"{said}, fastai {version('fastai')}; {len(lab.listing):,} pictures, {time.strftime('%Y-%m-%d')}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks gpu", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--data", type=Path, help="Imagenette's folder; default: shared/data beside the checkout")
    parser.add_argument("--smoke", action="store_true", help="every line on the CPU with tiny nets and drawn pictures")
    parser.add_argument("--limit", type=float, default=LIMIT_S, metavar="SECONDS", help="begin nothing after that")
    parser.add_argument("--recordings", type=Path, metavar="FOLDER", help="leave a recording of each experiment here")
    parser.add_argument("--to", type=Path, default=RESULTS, help="the file to write")
    return parser
