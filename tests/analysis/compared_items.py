"""Runs to compare, made by hand: no store, no training."""

from sota_core.analysis.comparison import RUN, Compared
from sota_core.analysis.series import EpochRow, TtaPass
from sota_core.recipes import Phase, Recipe

BASE = Recipe(phases=(Phase(size=64, bs=32, n_epochs=3),), arch="xresnet18", width=0.5)


def row(i: int, accuracy: float, seconds: float = 10.0, phase: int = 0) -> EpochRow:
    loss = 2.0 - accuracy
    return EpochRow(phase, "main", i, loss + 0.1, loss, accuracy, seconds, i * 10, loss, 100.0, 500)


def item(
    id: str, recipe: Recipe = BASE, accuracies: tuple[float, ...] = (0.4, 0.5, 0.6), *, state: str = "finished",
    tta: float | None = None, seconds: float = 10.0, label: str = "", device: str = "CPU, 2 threads",
) -> Compared:  # fmt: skip
    rows = tuple(row(i, a, seconds) for i, a in enumerate(accuracies))
    passes = () if tta is None else (TtaPass(0, 500, accuracies[-1]), TtaPass(4, 500, tta))
    return Compared(
        id, label or id, RUN, recipe, rows, passes, accuracies[-1] if rows else None, 500, tta,
        seconds * len(rows), device, "fp32", recipe.seed, state,
    )  # fmt: skip
