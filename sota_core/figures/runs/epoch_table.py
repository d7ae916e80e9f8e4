"""Tables as fastai prints them, from a run's epochs or from a published experiment: rows of texts."""

from collections.abc import Sequence
from typing import Protocol

from sota_core.language import N_, tr
from sota_core.recipes import Recipe

PHASE = N_("phase")
COLUMNS = ("epoch", "train_loss", "valid_loss", "accuracy", "time")


class Line(Protocol):
    """What a row needs: an EpochRow of a run and a Row of the published tables both have it."""

    @property
    def epoch(self) -> int: ...
    @property
    def train_loss(self) -> float | None: ...
    @property
    def valid_loss(self) -> float | None: ...
    @property
    def accuracy(self) -> float: ...
    @property
    def seconds(self) -> float: ...


def phase_names(recipe: Recipe) -> list[str]:
    """What each epoch of a recipe belongs to, one name an epoch; empty where all are of one kind.

    fastai prints a table for each call and counts each from 0, fine_tune's first epoch apart from the others; in one
    table three epochs could all be number 0.

    >>> from sota_core.recipes import Phase
    >>> phase_names(Recipe(phases=(Phase(size=128, n_epochs=2), Phase(size=224, n_epochs=1, method="fine_tune"))))
    ['1: 128 px', '1: 128 px', '2: 224 px, warm-up', '2: 224 px']
    """
    if len(recipe.phases) == 1 and recipe.phases[0].method != "fine_tune":
        return []
    names = []
    for i, phase in enumerate(recipe.phases, 1):
        name = f"{i}: {phase.size} px"
        names += [tr("{phase}, warm-up", phase=name)] * (phase.method == "fine_tune") + [name] * phase.n_epochs
    return names


def epoch_table(rows: Sequence[Line], n_epochs: int = 0, phases: Sequence[str] = ()) -> list[dict[str, str]]:
    """One row per epoch in fastai's columns and digits; rows still to come are dashes, so that nothing jumps.

    phases  of a recipe with several kinds of epochs, what phase_names gives: a column before fastai's

    >>> from sota_core.published import Row
    >>> epoch_table([Row(0, 1.583403, 2.064317, .401792, 63)])
    [{'epoch': '0', 'train_loss': '1.583403', 'valid_loss': '2.064317', 'accuracy': '0.401792', 'time': '01:03'}]
    """
    table: list[dict[str, str]] = [
        {
            "epoch": str(row.epoch),
            "train_loss": _six(row.train_loss),
            "valid_loss": _six(row.valid_loss),
            "accuracy": _six(row.accuracy),
            "time": _fastai_time(row.seconds),
        }
        for row in rows
    ]
    table += [{column: "–" for column in COLUMNS} for _ in range(n_epochs - len(table))]
    return [{PHASE: name} | row for name, row in zip(phases, table, strict=False)] if phases else table


def markdown(table: Sequence[dict[str, str]]) -> str:
    """The table as markdown, numbers right-aligned; for the screen, and to copy."""
    columns = (PHASE, *COLUMNS) if table and PHASE in table[0] else COLUMNS
    lines = [
        " | ".join(tr(PHASE) if c == PHASE else c for c in columns),
        "|".join(":---" if c == PHASE else "---:" for c in columns),
    ]
    lines += [" | ".join(row[c] for c in columns) for row in table]
    return "\n".join(f"|{line}|" for line in lines)


def _six(value: float | None) -> str:
    return "nan" if value is None else f"{value:.6f}"


def _fastai_time(seconds: float) -> str:
    """fastcore's format_time, which the notebook prints: 01:03, and 1:00:05 beyond an hour."""
    minutes, s = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{s:02d}" if hours else f"{minutes:02d}:{s:02d}"
