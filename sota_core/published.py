"""The tables the two texts print, as data: read once, never computed.

book: fastbook chapter 7. notes: C. Mills, Notes on fastai Book Ch. 7 (2022-03-14). xresnet50 on Imagenette.
"""

import json
from dataclasses import dataclass
from functools import cache

from sota_core import paths

DATA_FILE = paths.CORE / "published_results.json"
N_VALID = 2_678  # the texts validate on a random fifth of 13,394 pictures; their accuracies are multiples of 1/2678

# What a chart calls each table.
SHORT = {
    "book/baseline": "book: baseline",
    "book/normalize": "book: normalization",
    "book/progressive": "book: progressive (leaks)",
    "notes/baseline-fp32": "baseline, fp32",
    "notes/baseline-fp16": "baseline, fp16",
    "notes/normalize": "normalization",
    "notes/progressive": "progressive (leaks)",
    "notes/mixup": "mixup",
    "notes/label-smoothing": "label smoothing",
    "notes/all": "everything (leaks)",
}
# Those drawn before anybody has chosen.
FIRST = ("notes/baseline-fp16", "notes/progressive", "notes/mixup", "notes/all")


@dataclass(frozen=True, slots=True)
class Row:
    """One printed line: fastai's columns, `seconds` for its `time`."""

    epoch: int
    train_loss: float
    valid_loss: float
    accuracy: float
    seconds: int


@dataclass(frozen=True, slots=True)
class PublishedPhase:
    """`method` as printed; "fine_tune: frozen epoch" is fine_tune's first, a warm-up for these one-group nets."""

    size: int
    bs: int
    lr: float
    method: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Experiment:
    """One printed experiment. `tta_accuracy` is None where none is printed."""

    id: str
    source: str
    title: str
    techniques: tuple[str, ...]
    precision: str
    phases: tuple[PublishedPhase, ...]
    tta_accuracy: float | None

    @property
    def accuracy(self) -> float:
        return self.phases[-1].rows[-1].accuracy

    @property
    def seconds(self) -> int:
        return sum(row.seconds for row in self.rows)

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for phase in self.phases for row in phase.rows)

    @property
    def leaks(self) -> bool:
        """Its second phase drew a new validation split: some 79 % of it had been trained on (FACTS, checked)."""
        return "progressive_resizing" in self.techniques


@dataclass(frozen=True, slots=True)
class BatchStats:
    """Per-channel mean and std of one printed batch, in R, G, B order."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@cache
def experiments() -> dict[str, Experiment]:
    """id → experiment, in the order of the texts."""
    return {data["id"]: _experiment(data) for data in _read()["experiments"]}


@cache
def batch_stats() -> dict[str, BatchStats]:
    """`book/before`, `book/after`, `notes/before`, `notes/after` normalization with ImageNet's statistics."""
    return {k: BatchStats(tuple(v["mean"]), tuple(v["std"])) for k, v in _read()["batch_stats"].items()}


def _experiment(data: dict) -> Experiment:
    phases = tuple(
        PublishedPhase(p["size"], p["bs"], p["lr"], p["method"], tuple(Row(**row) for row in p["rows"]))
        for p in data["phases"]
    )
    return Experiment(
        id=data["id"],
        source=data["source"],
        title=data["title"],
        techniques=tuple(data["techniques"]),
        precision=data["precision"],
        phases=phases,
        tta_accuracy=data.get("tta_accuracy"),
    )


@cache
def _read() -> dict:
    return json.loads(DATA_FILE.read_text(encoding="utf-8"))
