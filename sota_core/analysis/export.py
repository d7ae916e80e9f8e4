"""A comparison as files to keep: one long CSV for a spreadsheet or pandas, and one JSON with everything."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from sota_core.analysis.comparison import PUBLISHED, Compared
from sota_core.data.sets.catalog import SOURCES

COLUMNS = (
    "id", "label", "kind", "state", "source", "seed", "device", "row", "number", "size_px",
    "seconds", "train_loss", "valid_loss", "valid_ce", "accuracy", "n_valid",
)  # fmt: skip

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def as_csv(items: Sequence[Compared]) -> str:
    """A line for each epoch (`row` epoch, `number` from 1, `seconds` of training so far), then one for each TTA pass
    (`row` tta, `number` of views), then the end (`row` final). Shares are fractions; what is unknown is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([line.get(column) for column in COLUMNS] for item in items for line in _lines(item))
    return out.getvalue()


def as_json(items: Sequence[Compared], *, base: str = "") -> str:
    """Recipes, epochs, TTA passes and final results; `base` is the id of what the rest was compared with."""
    return json.dumps({"format": 1, "base": base or None, "compared": [_object(item) for item in items]}, indent=1)


def _lines(item: Compared) -> list[dict[str, Any]]:
    head = {
        "id": item.id,
        "label": cell(item.label),
        "kind": item.kind,
        "state": item.state,
        "source": cell(_source(item)),
        "seed": item.seed,
        "device": cell(item.device),
    }
    rows = [
        {
            "row": "epoch",
            "number": i,
            "size_px": item.recipe.phases[min(row.phase, len(item.recipe.phases) - 1)].size,
            "seconds": round(at, 3),
            "train_loss": row.train_loss,
            "valid_loss": row.valid_loss,
            "valid_ce": row.valid_ce,
            "accuracy": row.accuracy,
            "n_valid": row.n_valid,
        }
        for i, (row, at) in enumerate(zip(item.epochs, item.seconds_at, strict=True), 1)
    ]
    rows += [{"row": "tta", "number": p.k, "accuracy": p.accuracy, "n_valid": p.n} for p in item.tta]
    if not item.is_live:
        rows.append({"row": "final", "accuracy": item.accuracy, "n_valid": item.n, "seconds": item.seconds})
    return [head | row for row in rows]


def cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front; all else is returned as it is.

    >>> cell("=1+1"), cell("  =1+1"), cell("a = b"), cell(-1.5)
    ("'=1+1", "'  =1+1", 'a = b', -1.5)
    """
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) else value


def _source(item: Compared) -> str:
    """A folder by its last part only: where it lies on the server is not for every reader of the file."""
    return item.recipe.source if item.recipe.source in SOURCES else PurePath(item.recipe.source).name


def _object(item: Compared) -> dict[str, Any]:
    recipe = item.recipe.to_dict() | {"source": _source(item)}
    if item.kind == PUBLISHED:
        recipe["seed"] = None  # the texts name none
    return {
        "id": item.id,
        "label": item.label,
        "kind": item.kind,
        "state": item.state,
        "device": item.device,
        "precision": item.precision,
        "recipe": recipe,
        "accuracy": item.accuracy,
        "n_valid": item.n,
        "tta_accuracy": item.tta_accuracy,
        "seconds": item.seconds,
        "epochs": [
            {
                "phase": row.phase,
                "stage": row.stage,
                "epoch": row.epoch,
                "train_loss": row.train_loss,
                "valid_loss": row.valid_loss,
                "valid_ce": row.valid_ce,
                "accuracy": row.accuracy,
                "seconds": row.seconds,
                "n_valid": row.n_valid,
            }
            for row in item.epochs
        ],
        "tta": [{"k": p.k, "n": p.n, "accuracy": p.accuracy} for p in item.tta],
    }
