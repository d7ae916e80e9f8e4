"""The tables the two texts print, as data: read once, never computed.

book: fastbook chapter 7. notes: C. Mills, Notes on fastai Book Ch. 7 (2022-03-14). xresnet50 on Imagenette.
"""

import json
from dataclasses import dataclass
from functools import cache

from sota_core import paths, words
from sota_core.language import N_, tr

DATA_FILE = paths.CORE / "published_results.json"
N_VALID = 2_678  # the texts validate on a random fifth of 13,394 pictures; their accuracies are multiples of 1/2678

N_CLASSES = 10
WIDE_OUTPUTS = 1_000  # what xresnet50() has unless it is told n_out
# Experiments whose text calls xresnet50() without n_out: three of the notes' seven. The book's code says n_out=dls.c
# today, but older versions of its notebook print the very same tables without it, so for the book we cannot tell.
_WIDE = ("notes/mixup", "notes/label-smoothing", "notes/all")

# How far apart chance puts two equal runs, one figure for all sentences: 95 % of such pairs lie closer together. Only
# the chance in counting N_VALID pictures, at the accuracy of the notes' fp16 baseline: analysis/noise.chance_apart.
CHANCE_APART = 0.0204
# Our baselines recorded on a CPU, seeds 1 to 3 (assets/recordings): accuracy on the 3,925 official validation pictures,
# and picture size in px. Scaled to the same budget of seconds, the second run got a smaller size.
OWN_SEEDS = (0.734522, 0.712357, 0.743439)
OWN_SIZES = (64, 56, 64)
# Our runs of five epochs recorded on a CPU, alike but for mixup: with it, and without. On the same 3,925 pictures.
OWN_FIVE_EPOCHS = (0.735541, 0.749554)

# Imagenette's own baseline (github.com/fastai/imagenette: 128 px, 5 epochs, one run each, no mixup, no TTA) by the
# share of wrong training labels. Clean: the leaderboard of January 2020, arguments in 2020-01-train.md; the others,
# with the same arguments: noisy_labels/extended_lb.csv. Not plain: both scripts, train_imagenette and (in
# tmabraham/noisy_imagenette) train_noisy_imagenette, smooth labels in every run. The leaderboard calls ±1 point
# usual from run to run.
BASELINE_BY_NOISE = {0.0: 0.8471, 0.01: 0.844586, 0.05: 0.834395, 0.25: 0.773503, 0.5: 0.665987}

# Imagenette's leaderboard (github.com/fastai/imagenette, README.md, best line of each row): size → epochs → accuracy.
# Its rules: random weights, the set's own validation part, no TTA, tested no larger than trained.
LEADERBOARD = {
    128: {5: 0.8743, 20: 0.9157, 80: 0.9355, 200: 0.9424},
    192: {5: 0.8676, 20: 0.9250, 80: 0.9450, 200: 0.9503},
    256: {5: 0.8685, 20: 0.9353, 80: 0.9490, 200: 0.9511},
}
# How these lines were trained: by the leaderboard's script of January 2020 with xse_resnext50, Ranger, self-attention
# (2020-01-train.md) and label smoothing; the line of 128 px and 5 epochs also has tuned hyperparameters.
LEADERBOARD_BY = {
    5: N_("MaxBlurPool, mean of five runs"),
    20: N_("MaxBlurPool, mean of five runs"),
    80: N_("mixup, one run"),
    200: N_("mixup, one run"),
}
LEADERBOARD_EPS = 0.1  # of its script and the noisy one: LabelSmoothingCrossEntropy() with fastai's default
N_LEADERBOARD = 3_925  # Imagenette's own validation pictures

SOURCES = {"book": N_("book"), "notes": N_("notes")}
TITLES = (
    N_("Baseline"), N_("Baseline, mixed precision"), N_("Normalization"), N_("Progressive resizing"), N_("Mixup"),
    N_("Label smoothing"), N_("Label smoothing, mixup and progressive resizing"),
)  # fmt: skip
"""The values of `Experiment.title`, listed so that they are translated."""

# What a chart calls each table, to be translated.
SHORT = {
    "book/baseline": N_("book: baseline"),
    "book/normalize": N_("book: normalization"),
    "book/progressive": N_("book: progressive (leaks)"),
    "notes/baseline-fp32": N_("baseline, fp32"),
    "notes/baseline-fp16": N_("baseline, fp16"),
    "notes/normalize": N_("normalization"),
    "notes/progressive": N_("progressive (leaks)"),
    "notes/mixup": N_("mixup"),
    "notes/label-smoothing": N_("label smoothing"),
    "notes/all": N_("all but TTA (leaks)"),
}
# The tables a chart draws before the visitor has chosen any.
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
    """`method` as printed. "fine_tune: frozen epoch" is fine_tune's first epoch; it only warms up these one-group nets.

    They have one parameter group, so nothing is frozen.
    """

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
    def n_outputs(self) -> int:
        """How many outputs the experiment's code, as published today, gives the net."""
        return WIDE_OUTPUTS if self.id in _WIDE else N_CLASSES

    @property
    def may_be_wide(self) -> bool:
        """Is it one of the book's? Its older notebooks print the same figures for a net without n_out."""
        return self.source == "book"

    @property
    def leaks(self) -> bool:
        """Its second phase drew a new random fifth to validate on: about four fifths of that had been trained on."""
        return "progressive_resizing" in self.techniques


@dataclass(frozen=True, slots=True)
class BatchStats:
    """Per-channel mean and std of one printed batch, in R, G, B order."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


def two_runs() -> str:
    """A clause for every sentence that says how far apart chance alone puts two runs."""
    return tr(
        "two equal runs end up to {points} points apart in 95 of 100 cases, just because only {n_pictures} pictures "
        "are counted",
        points=words.number(100 * CHANCE_APART, 1),
        n_pictures=words.count(N_VALID),
    )


def three_seeds() -> str:
    """A clause like `two_runs`, on the accuracies our own three baselines ended at."""
    first, second, third = (words.number(100 * accuracy, 1) for accuracy in OWN_SEEDS)
    return tr(
        "our own three seeds of the baseline, cut to two minutes of a CPU, end at {first}, {second} and "
        "{third}\u00a0%, the second at {small} px and the others at {large}",
        first=first,
        second=second,
        third=third,
        small=OWN_SIZES[1],
        large=OWN_SIZES[0],
    )


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
