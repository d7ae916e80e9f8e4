"""A finished run as one small JSON file, from which all its figures can be drawn on a machine that could not train it.

It is made from a run's own events and nothing else. When read back it is checked (format.py), since it may come from a
visitor. How it is played again is in replay.py.
"""

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, cast

from sota_core import paths, words
from sota_core.data.sets.catalog import SOURCES
from sota_core.errors import InputError
from sota_core.recipes import PRESETS, Recipe
from sota_core.recipes.differing import is_as_printed
from sota_core.runs.recordings import format as form
from sota_core.runs.run import Run
from sota_core.runs.states import State
from sota_core.train.events import Event, read
from sota_core.train.summary import Summary, summarize

SHIPPED_FOLDER = paths.ASSETS / "recordings"
FILE_NAME = "recording.json"  # among a run's exported files
MAX_BATCHES = 300  # a curve on a screen has no more points than that
_SQUARES = {"imagenette2-224": 224}  # data set → px of the squares its pictures were saved as
SMALL_BYTES = 100_000  # a recording that would be larger keeps fewer batches

# Digits that are kept: more than any figure shows, fewer than a float has.
_DECIMALS = {"t": 3, "accuracy": 6, "view_accuracy": 6, "mom": 5, "seconds": 3, "images_per_s": 1}
_SIGNIFICANT = ("loss", "smooth_loss", "train_loss", "valid_loss", "valid_ce", "lr")


@dataclass(frozen=True)
class Recording:
    """What a finished run said, in order.

    id           of the run, or the file's name for a recording that comes with the app
    device       in words, as the run named it
    recorded_at  when it ended, UTC
    events       flat dicts with `kind` and `t`, seconds since its pictures were ready: one `started`, then `batch`
                 (thinned), `epoch` and `tta_pass`, one `ended` right after the last figure. No run, attempt or seq.
    """

    id: str
    recipe: Recipe
    device: str
    precision: str
    recorded_at: datetime
    versions: Mapping[str, str]
    events: tuple[Event, ...]

    @property
    def seed(self) -> int:
        return self.recipe.seed

    @property
    def is_on_gpu(self) -> bool:
        """Told by `device`: `CPU, 2 threads (x86_64)` is no GPU, `NVIDIA H200` and `Apple GPU (arm64)` are."""
        return not self.device.startswith("CPU")

    @property
    def side(self) -> int | None:
        """Side in px of the squares to which its pictures had been reduced beforehand; None if that is not known."""
        return _SQUARES.get(self.recipe.source)

    @property
    def duration_s(self) -> float:
        """Seconds from the moment its pictures were ready to the last event."""
        return at(self.events[-1])

    @property
    def date(self) -> str:
        """The day it was recorded, as `22 November 2026`."""
        return words.date(self.recorded_at)

    @cached_property
    def summary(self) -> Summary:
        """The same as a run's summary, from the events alone. `seconds` of training end with the last epoch's event."""
        tta = [e for e in self.events if e["kind"] == "tta_pass"]
        epochs = [e for e in self.events if e["kind"] == "epoch"]
        return summarize(epochs, tta, fit_s=epochs[-1].get("t", 0.0), valid_ce=None)

    def to_json(self) -> str:
        """The file's text, one event per line, so that two recordings can be compared by eye."""
        head = {
            "format": form.FORMAT,
            "id": self.id,
            "recorded_at": self.recorded_at.isoformat(timespec="seconds"),
            "device": self.device,
            "precision": self.precision,
            "versions": dict(self.versions),
            "recipe": self.recipe.to_dict(),
        }
        events = ",\n".join(json.dumps(dict(e), ensure_ascii=False, allow_nan=False) for e in self.events)
        return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "events": [\n{events}\n]}}\n'


def at(event: Event) -> float:
    """Seconds since 1970 in a run; in a recording, since its pictures were ready."""
    return event.get("t", 0.0)


def record(run: Run, events: Iterable[Mapping[str, Any]], *, id: str | None = None) -> Recording:
    """The recording of a finished run from its events, small enough to be sent by mail.

    A folder of this machine is named by its last part only.

    Raises
        InputError  the run has not finished, or its events are not all there.
    """
    if run.state is not State.FINISHED:
        raise InputError(f"record('{run.id}'): needs a finished run, this one is {run.state}; wait for its end")
    understood = (event for row in events if (event := read(row)) is not None)
    own = [e for e in understood if e.get("attempt", run.attempt) == run.attempt and e["kind"] in form.EVENTS]
    started = next((e for e in own if e["kind"] == "started"), None)
    if started is None:
        raise InputError(f"record('{run.id}'): needs the run's events, and there is no `started` among them")
    # A machine's clock may be set back during a run: times never decrease here. `ended` comes after the net's export,
    # during which no figure changes: it gets the time of the event before.
    times = list(accumulate((at(e) for e in own if e["kind"] != "ended"), max))
    times += times[-1:] * (len(own) - len(times))
    flat = [_compact(e, t - at(started)) for e, t in zip(own, times, strict=True)]
    recipe = run.recipe
    recipe = recipe.replace(loader=started.get("loader") or recipe.loader)  # the one these figures were made with
    if recipe.source not in SOURCES:
        recipe = recipe.replace(source=_plain(Path(recipe.source).name))
    made = Recording(
        id=id or run.id,
        recipe=recipe,
        device=started["device"],
        precision=started["precision"],
        recorded_at=datetime.fromtimestamp(round(run.ended_at or at(own[-1])), UTC),
        versions=started.get("versions", {}),
        events=_thinned(flat, MAX_BATCHES),
    )
    if len(made.to_json()) > SMALL_BYTES:  # some hundred epochs
        made = dataclasses.replace(made, events=_thinned(flat, MAX_BATCHES // 3))
    return load(made.to_json())


def load(data: str | bytes) -> Recording:
    """Read a recording back; nothing in it is believed before it is checked.

    The recipe's `device` is reset to its default: the recording's own `device` says what it ran on, and the recipe is
    to be used on another machine.

    Raises
        InputError  too large, not JSON, or not a recording: the text says what was required and what came.
    """
    fields = form.read(data)
    return Recording(**fields | {"recipe": fields["recipe"].replace(device=Recipe().device)})


@cache
def shipped(folder: Path | None = None) -> dict[str, Recording]:
    """id → recording, for the real runs' recordings that come with the app, in the chapter's order; {} without any."""
    order = {name: i for i, name in enumerate(PRESETS)}
    found = [load(path.read_bytes()) for path in (folder or SHIPPED_FOLDER).glob("*.json")]
    found.sort(key=lambda recording: (order.get(recording.recipe.preset, len(order)), recording.id))
    return {recording.id: recording for recording in found}


@cache
def as_printed() -> dict[str, Recording]:
    """Preset → recording of the experiment as the texts print it, of those that come with the app.

    All of them are of one device, that of the newest.
    """
    found = [recording for recording in shipped().values() if is_as_printed(recording.recipe)]
    device = max(found, key=lambda recording: recording.recorded_at).device if found else ""
    return {recording.recipe.preset: recording for recording in found if recording.device == device}


def _compact(event: Event, t: float) -> dict[str, Any]:
    """The event's own fields, rounded, at its time since the start."""
    fields = form.EVENTS[event["kind"]]
    kept = {"kind": event["kind"], "t": max(0.0, t)}
    kept |= {name: event[name] for name in fields if name in event and name not in kept}
    return {name: _rounded(name, value) for name, value in kept.items()}


def _rounded(name: str, value: Any) -> Any:
    if not isinstance(value, float):
        return value
    if name in _SIGNIFICANT:
        return float(f"{value:.5g}")
    return round(value, _DECIMALS.get(name, 6))


def _plain(name: str) -> str:
    """
    >>> _plain("my pets (2024)"), _plain("…")
    ('my pets  2024', 'pictures')
    """
    return re.sub(r"[^\w .+-]", " ", name).strip(" .+-")[:80] or "pictures"


def _thinned(events: list[dict[str, Any]], limit: int) -> tuple[Event, ...]:
    """The events with at most `limit` of the batches, evenly spread, the first and the last among them."""
    batches = [i for i, e in enumerate(events) if e["kind"] == "batch"]
    if len(batches) > limit:
        kept = {batches[round(k * (len(batches) - 1) / (limit - 1))] for k in range(limit)}
        events = [e for i, e in enumerate(events) if e["kind"] != "batch" or i in kept]
    return cast(tuple[Event, ...], tuple(events))
