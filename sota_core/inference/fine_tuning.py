"""What it gains on the prints to start from the net that comes with the app: recipes, and accuracies with three seeds.

benchmarks/training/fine_tuning.py trained them.
"""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sota_core import paths
from sota_core.recipes import Phase, Recipe
from sota_core.recipes.pretrained import NETS, NONE, SAMPLE

FILE = "fine_tuning.json"
SIZE, EPOCHS, RATE, FINE_TUNE_RATE = 64, 8, 1.2e-2, 1e-1


def _arm(pretrained: str, normalize: str, size: int = SIZE, *, freezes: bool = False) -> Recipe:
    method, lr, n_epochs = ("fine_tune", FINE_TUNE_RATE, EPOCHS - 1) if freezes else ("fit_one_cycle", RATE, EPOCHS)
    return Recipe(
        phases=(Phase(size=size, bs=32, n_epochs=n_epochs, lr=lr, method=method),),
        source="prints",
        arch=NETS[SAMPLE].arch,
        width=NETS[SAMPLE].width,
        pretrained=pretrained,
        presize=2 * size,
        normalize=normalize,
        tta_n=0,
    )


ARMS: dict[str, Recipe] = {
    "random": _arm(NONE, "dataset"),
    "right": _arm(SAMPLE, "pretrained"),
    "wrong": _arm(SAMPLE, "none"),
    "fine_tune": _arm(SAMPLE, "pretrained", freezes=True),
    "fine_tune wrong": _arm(SAMPLE, "none", freezes=True),
    "random large": _arm(NONE, "dataset", 2 * SIZE),
    "right large": _arm(SAMPLE, "pretrained", 2 * SIZE),
}


@dataclass(frozen=True, slots=True)
class Arm:
    """One recipe with several seeds.

    accuracies  after the last epoch, of each seed
    first       after the first epoch, of each seed
    """

    accuracies: tuple[float, ...]
    first: tuple[float, ...]

    @property
    def mean(self) -> float:
        return statistics.mean(self.accuracies)

    @property
    def mean_first(self) -> float:
        return statistics.mean(self.first)


@dataclass(frozen=True, slots=True)
class FineTuning:
    """All arms by name; how many pictures they were validated on; device, precision and date of the measurement."""

    arms: dict[str, Arm]
    n_valid: int
    device: str
    precision: str
    date: str


@cache
def stored(path: Path = paths.ASSETS / FILE) -> FineTuning:
    """The measurements that come with the app."""
    found = json.loads(path.read_text(encoding="utf-8"))
    rows: Sequence[dict] = found.pop("rows")
    arms = {}
    for name in dict.fromkeys(row["arm"] for row in rows):
        mine = [row for row in rows if row["arm"] == name]
        arms[name] = Arm(tuple(row["accuracy"] for row in mine), tuple(row["epochs"][0] for row in mine))
    return FineTuning(arms, **found)
