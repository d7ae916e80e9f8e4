"""`runs list | show | cancel | delete | clear | backup`: the store, as text or JSON. `runs export` is export.py's."""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sota_core import words
from sota_core.analysis.result import reached
from sota_core.cli.progress import format_time
from sota_core.errors import RunError
from sota_core.runs.dispatch import clearing
from sota_core.runs.dispatch.orphans import end_orphans
from sota_core.runs.run import Run
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from sota_core.train.events import read

ANOTHER = "another version's"  # in the place of a recipe that this version cannot read
MOST_NOTES = 20  # lines on pictures that could not be decoded; up to 1 % of a set may be such


@contextmanager
def _opened(settings: Settings) -> Iterator[Store]:
    """The open store, after ending runs of this machine's `train` whose process is gone: perhaps nobody else does."""
    with Store(settings) as store:
        end_orphans(store, settings)
        yield store


def show_all(args: argparse.Namespace, settings: Settings) -> int:
    with _opened(settings) as store:
        found = store.history.list_runs(limit=None)
    if args.as_json:
        print(json.dumps([run.to_json() for run in found], indent=1))
        return 0
    for run in found:
        print(_line(run))
    return 0


def show(args: argparse.Namespace, settings: Settings) -> int:
    """One run. As JSON one object, with the objects `progress` and `summary`, and `notes` on its pictures."""
    with _opened(settings) as store:
        run = store.history.get(args.id)
        told = _told_of_pictures(store.log.events(args.id, kinds=["log"]))
    if args.as_json:
        print(json.dumps(run.to_json() | {"notes": told}, indent=1))
        return 0
    print(_line(run))
    if run.reason_text:
        print(run.reason_text)
    if run.message:
        print(run.message)
    for said in told[:MOST_NOTES]:
        print(f"  {said}")
    if len(told) > MOST_NOTES:
        print(f"  … and {len(told) - MOST_NOTES} more: runs show {run.id} --json")
    return 0


def _told_of_pictures(logged: list[dict[str, Any]]) -> list[str]:
    """What a run said of its pictures, each sentence once: every phase says it again."""
    said = (e for row in logged if (e := read(row)) is not None and e["kind"] == "log")
    return list(dict.fromkeys(e["message"] for e in said if e.get("stage") == "data" and "done" not in e))


def cancel(args: argparse.Namespace, settings: Settings) -> int:
    """Stop any run: whoever sits at this machine's command line is its operator."""
    with _opened(settings) as store:
        print(_line(store.transitions.request_cancel(args.id)))
    return 0


def delete(args: argparse.Namespace, settings: Settings) -> int:
    """Delete runs that have ended, pinned ones too, since each was named.

    Raises
        UnknownRunError  no run has one of these ids; none has been deleted.
        RunError         one has not ended; those before it are deleted.
    """
    with _opened(settings) as store:
        for run in [store.history.get(run_id) for run_id in dict.fromkeys(args.id)]:
            if not store.history.delete(run.id):
                raise RunError(f"runs delete: {run.id} has not ended; stop it first: runs cancel {run.id}")
            print(run.id)
    return 0


def clear(args: argparse.Namespace, settings: Settings) -> int:
    """Clear old runs now, as the dispatcher does once an hour; --days and --gb replace the limits of the settings."""
    if args.days is not None:
        settings = replace(settings, keep_days=args.days)
    if args.gb is not None:
        settings = replace(settings, keep_bytes=int(args.gb * 1e9))
    with _opened(settings) as store:
        for run_id in clearing.clear(store, settings, is_asked=True):
            print(run_id)
    return 0


def backup(args: argparse.Namespace, settings: Settings) -> int:
    """Copy the database alone; `export` without an id exports the files.

    A home in which nobody has trained or opened a page gets what else belongs into a backup: its key and its folder of
    files. So the same lines back up every home (docs/hosting.md).
    """
    with Store(settings) as store:
        store.server_key()
        store.artifacts_dir.mkdir(parents=True, exist_ok=True)
        store.backup(Path(args.to))
    print(args.to)
    return 0


def _line(run: Run) -> str:
    got = reached(run.summary)
    figures = []
    if got.is_whole and got.accuracy is not None:
        figures.append(f"{words.percent(got.accuracy)} of {got.n}")
    if got.tta_accuracy is not None:
        figures.append(f"TTA {words.percent(got.tta_accuracy)}")
    if got.seconds:
        figures.append(format_time(got.seconds))
    if not run.is_terminal and run.total:
        figures.append(f"step {run.step} of {run.total}")
    recipe = run.known_recipe
    preset = ANOTHER if recipe is None else recipe.preset
    return f"{run.id}  {run.state:<9} {preset:<17} {run.owner:<12} {'  '.join(figures)}".rstrip()
