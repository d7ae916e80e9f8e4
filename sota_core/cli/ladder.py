"""`ladder start | list | show NAME | stop NAME`: the techniques one after the other, as on the page Compare."""

import argparse
import json
import sys
from collections import Counter
from typing import Any

from sota_core import words
from sota_core.analysis.comparison import from_run
from sota_core.analysis.ladder import SAID, Climb, climb
from sota_core.analysis.series import Series, fold
from sota_core.cli.compose import compose, pictures_of
from sota_core.cli.progress import Terminal
from sota_core.data.sets.sources import source_title
from sota_core.errors import InputError, SotaError
from sota_core.recipes.draft import OVERHEAD_S, cost_s
from sota_core.recipes.ladder import planned
from sota_core.runs import ladders
from sota_core.runs.dispatch.starter import Starter
from sota_core.runs.ladder_plan import plan_of
from sota_core.runs.ladders import Queued
from sota_core.runs.run import Run
from sota_core.runs.states import State
from sota_core.runs.store.reuse import pictures_now
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from sota_core.system import engine
from sota_core.train.throughput import load_throughput


def start(args: argparse.Namespace, settings: Settings) -> int:
    """Queue every rung with every seed and print the ladder's name; runs that exist already are not queued again.

    The recipe gives net, size, batches and epochs; its own techniques are switched off, and the rungs add theirs.
    """
    engine.require(settings)
    # as on the page: each rung in the device's fastest precision, unless another is named
    args.changes = ["precision=auto", *args.changes]
    throughput = load_throughput(settings)
    terminal = Terminal()
    try:
        base = compose(args, settings, lambda: throughput, terminal.prepare)
        pictures = pictures_of(base.source, settings, terminal.prepare)
    finally:
        terminal.close()
    seeds = range(args.seed, args.seed + args.seeds)
    recipes = planned(base, pictures, seeds, throughput, equal=args.equal)
    with Store(settings) as store:
        data = pictures_now(base.source, settings)
        name = ladders.start(store, args.owner, recipes, pictures, throughput, data)
    Starter(settings).ensure_running()
    cost = sum(cost_s(recipe, pictures, throughput) + OVERHEAD_S for recipe in recipes)
    print(f"{words.plural(len(recipes), 'run')}, about {words.about(cost)} in all", file=sys.stderr)
    print(name)
    return 0


def show_all(args: argparse.Namespace, settings: Settings) -> int:
    with Store(settings) as store:
        found = ladders.ladders(store)
    if args.as_json:
        print(json.dumps([_head(ladder) for ladder in found], indent=1))
        return 0
    for ladder in found:
        print(_line(ladder))
    return 0


def show(args: argparse.Namespace, settings: Settings) -> int:
    """Mean and spread of each rung, its step over the one below, and whether that is noise."""
    with Store(settings) as store:
        ladder = _named(store, args.name)
        items = []
        for run in ladder.runs:
            try:
                items.append(from_run(run, fold(Series(), store.log.events(run.id)), run.recipe.preset))
            except SotaError:  # removed meanwhile, or a row of an older version
                continue
    of = climb(items)
    if args.as_json:
        print(json.dumps(_head(ladder) | _climbed(of), indent=1, allow_nan=False))
        return 0
    print(_line(ladder))
    print("\n".join(_table(of)))
    return 0


def stop(args: argparse.Namespace, settings: Settings) -> int:
    """Stop any ladder: whoever sits at this machine's command line is its operator. Finished runs stay."""
    with Store(settings) as store:
        ladders.stop(store, None, _named(store, args.name))
        print(_line(_named(store, args.name)))
    return 0


def _named(store: Store, name: str) -> Queued:
    found = {ladder.name: ladder for ladder in ladders.ladders(store)}
    if name not in found:
        raise InputError(f"ladder: there is none named {name!r}; `ladder list` shows those that are there")
    return found[name]


def _source(run: Run) -> str:
    recipe = run.known_recipe
    return "unknown" if recipe is None else recipe.source


def _head(ladder: Queued) -> dict[str, Any]:
    return {
        "name": ladder.name,
        "is_live": ladder.is_live,
        "source": _source(ladder.runs[0]),
        "states": dict(Counter(str(run.state) for run in ladder.runs)),
        "runs": [run.id for run in ladder.runs],
        "n_deleted": plan_of(ladder).n_gone(ladder),
    }


def _climbed(of: Climb) -> dict[str, Any]:
    """Accuracies, steps and bands are shares in [0, 1]; a verdict is up, down, noise, few (runs), or null if none."""
    rungs = [
        {
            "rung": step.rung.name,
            "title": step.rung.title,
            "with_tta": step.rung.with_tta,
            "seeds": step.seeds,
            "accuracies": step.values,
            "mean": step.mean,
            "sd": step.sd,
            "seconds": step.seconds,
            "delta": step.delta,
            "band": step.band,
            "verdict": step.verdict,
        }
        for step in of.steps
    ]
    return {"n_valid": of.n, "sd": of.sd, "freedom": of.freedom, "rungs": rungs}


def _line(ladder: Queued) -> str:
    done = sum(run.state is State.FINISHED for run in ladder.runs)
    gone = plan_of(ladder).n_gone(ladder)
    state = "under way" if ladder.is_live else "ended early" if ladder.broken else "incomplete" if gone else "complete"
    n = len(ladder.runs) + gone
    return f"{ladder.name}  {state:<11} {done} of {n} finished  {source_title(_source(ladder.runs[0]))}"


def _table(of: Climb) -> list[str]:
    rows = [("rung", "accuracy", "step", "noise", "verdict", "training")]
    for step in of.steps:
        mean = words.percent(step.mean)
        if step.sd is not None:
            mean += f" ± {100 * step.sd:.1f}"
        if step.values:
            mean += f" ({len(step.values)})"
        delta = "" if step.delta is None else words.points(step.delta).removesuffix(" points")
        band = "" if step.band is None else f"± {100 * step.band:.1f}"
        verdict = "" if step.delta is None else SAID[step.verdict]
        seconds = "none" if step.rung.name == "tta" and step.mean is not None else words.clock(step.seconds)
        rows.append((step.rung.title, mean, delta, band, verdict, seconds))
    wide = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(f"{cell:<{w}}" for cell, w in zip(row, wide, strict=True)).rstrip() for row in rows]
