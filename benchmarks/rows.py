"""One result of a benchmark: what `make bench` prints and writes."""

import statistics
from collections.abc import Sequence
from typing import Any


def row(
    name: str,
    values: Sequence[float],
    *,
    unit: str,
    budget: float | None,
    device: str,
    note: str = "",
    better: str = "lower",
    refused: str = "",
) -> dict[str, Any]:
    """The median of `values`, how many there are and their standard deviation (0 for a single one).

    unit    'ratio' where two things were measured in one run, else 's', 'ms', 'MB', 'messages'
    better  'lower' or 'higher': on which side of `budget` the value has to lie
    budget  None: a figure without a bar
    refused why the figure is not what its name says, as where steps were launched instead of replayed, or nothing was
            seen: it meets no bar then
    """
    found = {
        "name": name,
        "value": round(statistics.median(values), 5),
        "unit": unit,
        "better": better,
        "budget": budget,
        "n": len(values),
        "spread": round(statistics.stdev(values), 5) if len(values) > 1 else 0.0,
        "device": device,
        "note": note,
    }
    if not refused:
        return found
    return found | {"refused": refused, "note": "; ".join(filter(None, (f"refused: {refused}", note)))}


def tally(name: str, value: float, unit: str, budget: float, n: int, **facts: object) -> dict[str, Any]:
    """One figure of `n` trials together, such as faults counted or a percentile; `facts` become its note."""
    note = ", ".join(f"{key} {fact}" for key, fact in facts.items())
    return row(name, [value], unit=unit, budget=budget, device="cpu", note=note) | {"n": n, "spread": None}


def p95(values: Sequence[float]) -> float:
    """The 95th percentile, nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, -(-95 * len(ordered) // 100) - 1)]


def is_met(row: dict[str, Any]) -> bool:
    if row.get("refused"):
        return False
    if row["budget"] is None:
        return True
    return row["value"] <= row["budget"] if row["better"] == "lower" else row["value"] >= row["budget"]


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown, so that it can stand in docs/performance.md as it is."""
    lines = ["| what | value | spread | n | budget | met | device | note |", "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        sign = "≤" if row["better"] == "lower" else "≥"
        held = "yes" if is_met(row) else "**no**"
        bar = ("–", "–" if is_met(row) else held) if row["budget"] is None else (f"{sign} {row['budget']:g}", held)
        cells = (
            row["name"],
            f"{row['value']:.4g} {row['unit']}",
            f"{row['spread']:.2g}",
            row["n"],
            *bar,
            row["device"],
            row.get("note", ""),
        )
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)
