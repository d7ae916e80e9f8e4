"""A run's figures for the trackers people use: a CSV with `step`, which trackio imports, and TensorBoard's event file.

Both give the same points under the same names. Names are fastai's, and short: trackio keeps the first ten letters and
digits of a column's name.
"""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sota_core.data.sets.sources import source_title
from sota_core.runs.run import Run
from sota_core.train.events import read

BATCH = ("loss", "smooth_loss", "lr", "mom")
EPOCH = ("train_loss", "valid_loss", "valid_ce", "accuracy", "images_per_s", "seconds")
END = ("full_acc", "tta_acc", "tta_views")  # accuracies on every validation picture, plain and after the last view
COLUMNS: tuple[str, ...] = ("step", "timestamp", "phase", *BATCH, *EPOCH, *END)


@dataclass(frozen=True, slots=True)
class Point:
    """What was known at a step.

    step   training steps so far, over all phases
    t      seconds since 1970
    group  batch, epoch or end: what the values belong to
    """

    step: int
    t: float
    group: str
    values: Mapping[str, float]


def points(run: Run, events: Iterable[Mapping[str, Any]]) -> Iterator[Point]:
    """Every figure of the run's last attempt, in order. A loss that was no finite number is left out."""
    step, passes = 0, []
    for row in events:
        event = read(row)
        if event is None or event.get("attempt", run.attempt) != run.attempt:
            continue
        t = event.get("t", 0.0)
        if event["kind"] == "batch":
            step = event["step"]
            yield Point(step, t, "batch", {"phase": event["phase"], **_finite(event, BATCH)})
        elif event["kind"] == "epoch":
            step = event["step"] or step  # older versions did not write it
            yield Point(step, t, "epoch", {"phase": event["phase"], **_finite(event, EPOCH)})
        elif event["kind"] == "tta_pass":
            passes.append(event)
    if passes:
        values: dict[str, float] = {"full_acc": passes[0]["accuracy"]}
        if len(passes) > 1:
            values |= {"tta_acc": passes[-1]["accuracy"], "tta_views": passes[-1]["k"]}
        yield Point(step, passes[-1].get("t", 0.0), "end", values)


def _finite(event: Mapping[str, Any], names: Iterable[str]) -> dict[str, float]:
    return {name: event[name] for name in names if event[name] is not None}


def as_csv(run: Run, events: Iterable[Mapping[str, Any]]) -> str:
    """A line for each step at which anything was recorded, `step` first; "" where nothing was.

    `timestamp` is ISO 8601 in UTC; what is unknown at a step is empty; shares are fractions.
    """
    rows: dict[int, dict[str, Any]] = {}
    for point in points(run, events):
        moment = datetime.fromtimestamp(point.t, UTC).isoformat(timespec="milliseconds")
        rows.setdefault(point.step, {"step": point.step}).update(point.values, timestamp=moment)
    if not rows:
        return ""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows[step] for step in sorted(rows))
    return out.getvalue()


def write_tensorboard(run: Run, events: Iterable[Mapping[str, Any]], folder: Path) -> Path | None:
    """One event file in `folder`, made if absent: scalars `batch/…`, `epoch/…`, `end/…` at their steps and times, and
    the recipe for the tab *HParams*. A second export replaces the file. None where the run has recorded nothing.

    tensorboardX imports torch, which takes some seconds.
    """
    found = list(points(run, events))
    if not found:
        return None
    from tensorboardX import SummaryWriter
    from tensorboardX.summary import hparams

    with tempfile.TemporaryDirectory() as work:
        with SummaryWriter(logdir=work) as writer:
            for point in found:
                for name, value in point.values.items():
                    writer.add_scalar(f"{point.group}/{name}", value, point.step, walltime=point.t)
            metrics = {f"{point.group}/{name}": value for point in found for name, value in point.values.items()}
            for summary in hparams(_hparams(run.to_json()["recipe"]), metrics):
                assert writer.file_writer is not None
                writer.file_writer.add_summary(summary, walltime=found[0].t)
        (written,) = Path(work).iterdir()
        folder.mkdir(parents=True, exist_ok=True)
        # tensorboardX's own name ends in this machine's name, and a second file beside it would draw every point twice
        return Path(shutil.move(written, folder / f"events.out.tfevents.{int(found[0].t)}.{run.id}"))


def _hparams(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe as flat hyperparameters, a folder by its last part only.

    It is read as stored, not as a Recipe: a run of an older version has a curve too.
    """
    fields: dict[str, Any] = {**recipe, "source": source_title(str(recipe.get("source", "")))}
    phases = fields.pop("phases", [])
    return fields | {f"phases.{i}.{name}": value for i, phase in enumerate(phases) for name, value in phase.items()}
