"""Tables as fastai prints them, from a run's epochs or from a published experiment: rows of texts."""

from collections.abc import Sequence
from typing import Protocol

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


def epoch_table(rows: Sequence[Line], n_epochs: int = 0) -> list[dict[str, str]]:
    """One row per epoch in fastai's columns and digits; rows still to come are dashes, so that nothing jumps.

    >>> from sota_core.published import Row
    >>> epoch_table([Row(0, 1.583403, 2.064317, .401792, 63)])
    [{'epoch': '0', 'train_loss': '1.583403', 'valid_loss': '2.064317', 'accuracy': '0.401792', 'time': '01:03'}]
    """
    table = [
        {
            "epoch": str(row.epoch),
            "train_loss": _six(row.train_loss),
            "valid_loss": _six(row.valid_loss),
            "accuracy": _six(row.accuracy),
            "time": _fastai_time(row.seconds),
        }
        for row in rows
    ]
    return table + [dict.fromkeys(COLUMNS, "–") for _ in range(n_epochs - len(table))]


def markdown(table: Sequence[dict[str, str]]) -> str:
    """The table as markdown, right-aligned; for the screen, and to copy."""
    lines = [" | ".join(COLUMNS), "|".join("---:" for _ in COLUMNS)]
    lines += [" | ".join(row[c] for c in COLUMNS) for row in table]
    return "\n".join(f"|{line}|" for line in lines)


def _six(value: float | None) -> str:
    return "nan" if value is None else f"{value:.6f}"


def _fastai_time(seconds: float) -> str:
    """fastcore's format_time, which the notebook prints: 01:03, and 1:00:05 beyond an hour."""
    minutes, s = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{s:02d}" if hours else f"{minutes:02d}:{s:02d}"
