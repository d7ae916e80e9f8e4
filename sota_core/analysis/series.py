"""A run's events folded into what its figures need: immutable, so that every viewer may share one.

`fold(series, events)` gives a new Series; folding in two halves equals folding at once. A later attempt of
the same run starts afresh.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sota_core import words
from sota_core.language import ENGLISH, use
from sota_core.later import Later, restored
from sota_core.train.events import FirstBatch, read

MAX_LOG = 200


@dataclass(frozen=True, slots=True)
class Batches:
    """One entry per recorded training step."""

    step: tuple[int, ...] = ()
    loss: tuple[float | None, ...] = ()
    smooth_loss: tuple[float | None, ...] = ()
    lr: tuple[float, ...] = ()
    mom: tuple[float, ...] = ()
    phase: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.step)


@dataclass(frozen=True, slots=True)
class EpochRow:
    """A line of fastai's table, plus what other figures need of the epoch."""

    phase: int
    stage: str
    epoch: int
    train_loss: float | None
    valid_loss: float | None
    accuracy: float
    seconds: float
    step: int | None = None
    valid_ce: float | None = None
    images_per_s: float | None = None
    n_valid: int | None = None


@dataclass(frozen=True, slots=True)
class TtaPass:
    """Accuracy after `k` augmented views, on `n` pictures; `view_accuracy` is that of view k alone."""

    k: int
    n: int
    accuracy: float
    view_accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a preparation or a last validation stands: words, and `done` of `total` where they are known."""

    name: str
    message: str
    done: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """`first_batch`: the pictures the net was given first; dropped when the first epoch is over.

    loader  the one in use; "" before the run has started, and where an older version did not write it
    """

    attempt: int = 0
    device: str = ""
    precision: str = ""
    loader: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    n_train: int | None = None
    n_valid: int | None = None
    total_steps: int = 0
    first_batch: FirstBatch | None = None
    batches: Batches = Batches()
    epochs: tuple[EpochRow, ...] = ()
    tta: tuple[TtaPass, ...] = ()
    stage: Stage | None = None
    log: tuple[tuple[float, str], ...] = ()
    ended: str | None = None

    @property
    def images_per_s(self) -> float | None:
        """Training pictures a second over all epochs so far; None before the first."""
        speeds = [epoch.images_per_s for epoch in self.epochs if epoch.images_per_s]
        return len(speeds) / sum(1 / speed for speed in speeds) if speeds else None

    @property
    def phase_starts(self) -> tuple[int, ...]:
        """The steps at which a later phase began."""
        b = self.batches
        if not b.phase or b.phase[0] == b.phase[-1]:  # the quick way out: asked at every update of a live page
            return ()
        return tuple(b.step[i] for i in range(1, len(b)) if b.phase[i] != b.phase[i - 1])


def fold(series: Series, events: Iterable[Mapping[str, Any]]) -> Series:
    """`series` with `events` added at its end. Events that `train.events.read` does not understand are skipped."""
    columns: dict[str, list] = {name: [] for name in Batches.__dataclass_fields__}
    epochs: list[EpochRow] = []
    tta: list[TtaPass] = []
    log: list[tuple[float, str]] = []
    changes: dict[str, Any] = {}

    def done() -> Series:
        old = series.batches
        batches = Batches(**{n: (*getattr(old, n), *new) for n, new in columns.items()}) if columns["step"] else old
        return dataclasses.replace(
            series,
            batches=batches,
            epochs=(*series.epochs, *epochs),
            tta=(*series.tta, *tta),
            log=(*series.log, *log)[-MAX_LOG:],
            **changes,
        )

    for row in events:
        attempt = row.get("attempt", series.attempt)
        if attempt > series.attempt:
            series = Series(attempt=attempt)
            changes.clear()
            for some in (*columns.values(), epochs, tta, log):
                some.clear()
        event = read(row)
        if event is None:
            continue
        if event["kind"] == "started":
            changes |= {name: value for name, value in event.items() if name in _STARTED}
            changes["stage"] = None
        elif event["kind"] == "first_batch":
            changes["first_batch"] = event
        elif event["kind"] == "batch":
            for name, column in columns.items():
                column.append(event[name])
            changes["total_steps"] = event["total_steps"]
            changes["stage"] = None
        elif event["kind"] == "epoch":
            changes["first_batch"] = None
            epochs.append(EpochRow(**{name: event[name] for name in EpochRow.__dataclass_fields__}))
        elif event["kind"] == "tta_pass":
            tta.append(TtaPass(event["k"], event["n"], event["accuracy"], event["view_accuracy"]))
        elif event["kind"] == "log":
            # A stage reports its progress in many events: the log keeps its words once, `stage` the latest count.
            message = restored(event.get("later") or event["message"])
            with use(ENGLISH):  # kept once, for viewers of any language
                said = message if isinstance(message, Later) else words.progress(message, None, None)
            before = log or series.log
            if not before or before[-1][1] != said:
                log.append((event.get("t", 0.0), said))
            if stage := event.get("stage"):
                changes["stage"] = Stage(stage, message, event.get("done"), event.get("total"))
        else:
            changes["ended"] = event["state"]
    return done()


_STARTED = ("device", "precision", "loader", "versions", "n_train", "n_valid", "total_steps")


def thin(n: int, limit: int) -> list[int]:
    """At most `limit` of the indices 0 … n−1, evenly spread, the last one always among them.

    >>> thin(5, 10), thin(10, 4)
    ([0, 1, 2, 3, 4], [0, 3, 6, 9])
    """
    if n <= limit:
        return list(range(n))
    return sorted({round(i * (n - 1) / (limit - 1)) for i in range(limit)})
