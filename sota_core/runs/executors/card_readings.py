"""What the graphics cards are doing right now: memory in use, how busy, how warm. Asked of nvidia-smi, for people.

Where cards are given to workers, gpus.py is asked, which waits as long as a driver needs; here a page waits.
"""

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from sota_core.system.environment import visible_cards

_FIELDS = ("uuid", "name", "memory.used", "memory.total", "utilization.gpu", "temperature.gpu")
QUERY = ["nvidia-smi", f"--query-gpu={','.join(_FIELDS)}", "--format=csv,noheader,nounits"]
_PATIENCE_S = 2.0  # a page waits for it


@dataclass(frozen=True, slots=True)
class Reading:
    """One card. None: not reported (a part of a card has no share of its own, some cards have no thermometer)."""

    uuid: str
    name: str
    used_mib: int | None
    total_mib: int | None
    busy_percent: int | None
    celsius: int | None


def can_be_asked() -> bool:
    """Is there an nvidia-smi? It need not find a card."""
    return shutil.which(QUERY[0]) is not None


def read(env: Mapping[str, str] = os.environ) -> list[Reading]:
    """Read the cards that CUDA would show to a process with this environment; [] without a card or a quick answer.

    Starts no process where there is no nvidia-smi.
    """
    if not can_be_asked():
        return []
    try:
        answer = subprocess.run(QUERY, capture_output=True, text=True, timeout=_PATIENCE_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return parse(answer.stdout, env.get("CUDA_VISIBLE_DEVICES"))


def parse(text: str, choice: str | None = None) -> list[Reading]:
    """
    >>> parse("GPU-1f, NVIDIA L4, 512, 23034, 97, [N/A]\\n")
    [Reading(uuid='GPU-1f', name='NVIDIA L4', used_mib=512, total_mib=23034, busy_percent=97, celsius=None)]
    """
    rows = [row for row in csv.reader(text.splitlines(), skipinitialspace=True) if len(row) == len(_FIELDS)]
    return [Reading(row[0], row[1], *map(_number, row[2:])) for row in visible_cards(rows, choice)]


def in_words(card: Reading) -> str:
    """
    >>> in_words(Reading("GPU-1f", "NVIDIA L4", 512, 23034, 97, None))
    'NVIDIA L4: 0.5 of 22.5 GiB in use, 97\\xa0% busy'
    """
    said = []
    if card.used_mib is not None and card.total_mib:
        said.append(f"{card.used_mib / 1024:.1f} of {card.total_mib / 1024:.1f} GiB in use")
    if card.busy_percent is not None:
        said.append(f"{card.busy_percent}\u00a0% busy")
    if card.celsius is not None:
        said.append(f"{card.celsius} °C")
    return f"{card.name}: {', '.join(said)}" if said else card.name


def _number(cell: str) -> int | None:
    return int(cell) if re.fullmatch(r"\d+", cell.strip()) else None
