"""`runs export [ID] --to DIR [--as FORM]`: what runs have left, for other people and other programs."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from sota_core.analysis.trackers import as_csv, write_tensorboard
from sota_core.errors import InputError, SotaError, UnknownRunError
from sota_core.runs.recordings.recording import FILE_NAME, record
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from sota_core.train.outside import PUSHED


def export(args: argparse.Namespace, settings: Settings) -> int:
    """Export one run into the folder or, without an id, every run, while the store may be in use.

    Without an id, each run gets a folder of its own inside, unless the form is one of SHARED. A run that cannot be
    exported is then reported and does not stop the others; the exit code is 1.
    """
    write, code = FORMS[args.form], 0
    with Store(settings) as store:
        if args.id is not None:
            written = write(store, args.id, Path(args.to))
            if not written:
                state = store.history.get(args.id).state
                raise InputError(f"export: run {args.id} is {state} and has left nothing to export as {args.form}")
        else:
            written = []
            for run in store.history.list_runs(limit=None):
                try:
                    written += write(store, run.id, Path(args.to) if args.form in SHARED else Path(args.to) / run.id)
                except (SotaError, FileNotFoundError) as bad:
                    if not _is_there(store, run.id):  # removed meanwhile
                        continue
                    if not isinstance(bad, SotaError):
                        raise  # what is missing is the place to write to
                    print(f"error: run {run.id}: {bad}", file=sys.stderr)
                    code = 1
            if not written and not code:
                print(f"nothing to export: no run here has left anything as {args.form}", file=sys.stderr)
    for path in written:
        print(path)
    return code


def _is_there(store: Store, run_id: str) -> bool:
    try:
        return bool(store.history.get(run_id))
    except UnknownRunError:
        return False


def _files(store: Store, run_id: str, to: Path) -> list[Path]:
    written = store.history.export(run_id, to)
    run = store.history.get(run_id)
    if run.state is State.FINISHED and run.known_recipe is not None:  # another version's recipe cannot be recorded
        written.append(to / FILE_NAME)
        written[-1].write_text(record(run, store.log.events(run.id)).to_json(), encoding="utf-8")
    return written


def _model(store: Store, run_id: str, to: Path) -> list[Path]:
    """The model's files, without run.json and predictions: those name this machine, its folders and picture files."""
    return store.history.copy_artifacts(run_id, to, PUSHED)


def _csv(store: Store, run_id: str, to: Path) -> list[Path]:
    """ID.csv: trackio calls a run by its file's name."""
    text = as_csv(store.history.get(run_id), store.log.events(run_id))
    if not text:
        return []
    to.mkdir(parents=True, exist_ok=True)
    (to / f"{run_id}.csv").write_text(text, encoding="utf-8")
    return [to / f"{run_id}.csv"]


def _tensorboard(store: Store, run_id: str, to: Path) -> list[Path]:
    """ID/events…: TensorBoard calls a run by its folder below --logdir."""
    path = write_tensorboard(store.history.get(run_id), store.log.events(run_id), to / run_id)
    return [path] if path else []


# form → what writes it; [] where the run has nothing of that form
FORMS: dict[str, Callable[[Store, str, Path], list[Path]]] = {
    "files": _files,
    "model": _model,
    "csv": _csv,
    "tensorboard": _tensorboard,
}
SHARED = {"csv", "tensorboard"}  # runs lie side by side in one folder, each under its own name
