"""`make bench`: run every budget's benchmark, print a table, write benchmarks/results/latest.json.

A benchmark is a module of one of the folders here, with `measure(device, quick) -> list of rows`; a row is
{name, value, unit, better: lower|higher, budget, n, spread, device[, note]}. Figures are ratios taken in one run
wherever two things are compared. Exit 0 when all budgets are met, 1 otherwise.

`python -m benchmarks gpu` is another program: gpu/check.py, for a machine with a card.
"""

import argparse
import importlib
import json
import platform
import sys
import traceback
from importlib.metadata import version
from typing import Any

from benchmarks.rows import is_met, table
from sota_core import paths
from sota_core.system.environment import prepare_to_train

RESULTS = paths.ROOT / "benchmarks" / "results" / "latest.json"
MODULES = {  # name → folder
    "data_cost": "training",
    "epoch_vs_model": "training",
    "telemetry": "load",
    "tick": "load",
    "start": "load",
    "slider": "browser",
    "drag": "browser",
    "first_visit": "browser",
    "rss": "browser",
    "knob": "load",
    "sessions": "load",
    "cancel": "load",
}
ON_REQUEST = {
    "soak": "load",
    "crowd": "load",
    "lesson": "training",
    "estimates": "training",
    "heights": "browser",
    "stopwatch": "browser",
    "accessibility": "browser",
    "keyboard": "browser",
    "wander": "browser",
}  # each takes minutes
ALL = MODULES | ON_REQUEST


def main() -> int:
    if sys.argv[1:2] == ["gpu"]:
        prepare_to_train()
        return importlib.import_module("benchmarks.gpu.check").main(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("only", nargs="*", help=f"of {', '.join(MODULES)}, all by default; or {', '.join(ON_REQUEST)}")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    hosted = parser.add_argument_group("through nginx", "with `sessions` (load/hosted.py) or `soak` alone")
    hosted.add_argument("--processes", type=int, metavar="N", help="web processes of `serve`; sessions without it: one")
    hosted.add_argument("--sessions", type=int, metavar="N", help="visitors at a time (default: 200; soak: 20)")
    hosted.add_argument("--minutes", type=float, help="after all have come (default: 10; soak: 120)")
    hosted.add_argument("--kill-every", type=float, metavar="SECONDS", help="sessions: a web process (default: never)")
    args = parser.parse_args()
    asked = {"n_sessions": args.sessions, "minutes": args.minutes, "kill_every_s": args.kill_every}
    options = {name: given for name, given in asked.items() if given is not None}
    if args.processes is not None:
        if args.processes < 2:  # `serve` has no nginx before one
            parser.error(f"--processes must be 2 or more, got {args.processes}; one process: without --processes")
        options["n_processes"] = args.processes
    is_hosted = args.only == ["sessions"] and args.processes is not None
    if options and not is_hosted and (args.only != ["soak"] or args.kill_every is not None):
        parser.error(
            "these go with one alone: python -m benchmarks sessions --processes 4, or python -m benchmarks soak"
        )
    if unknown := set(args.only) - set(ALL):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
    prepare_to_train()
    rows: list[dict[str, Any]] = []
    broken: list[str] = []
    for name in args.only or MODULES:
        print(f"… {name}", file=sys.stderr)
        try:
            if is_hosted:
                found = importlib.import_module("benchmarks.load.hosted").measure(device=args.device, **options)
            else:
                module = importlib.import_module(f"benchmarks.{ALL[name]}.{name}")
                found = module.measure(args.device, args.quick, **options)
        except Exception:  # the others took minutes; theirs are kept
            traceback.print_exc()
            broken.append(name)
            continue
        print(table(found), file=sys.stderr)
        rows += found
    print(f"Python {platform.python_version()}, torch {version('torch')}, fastai {version('fastai')}\n")
    print(table(rows))
    if broken:
        print(f"\nNo figure, because it broke: {', '.join(broken)}")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if not broken and all(map(is_met, rows)) else 1


if __name__ == "__main__":
    sys.exit(main())
