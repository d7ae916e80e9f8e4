"""What the graphics cards are doing right now: memory in use, how busy, how warm. Asked of nvidia-smi, for people.

Where cards are given to workers, gpus.py is asked, which waits as long as a driver needs; here a page waits.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from sota_core.system import nvidia_smi

_FIELDS = ("uuid", "name", "memory.used", "memory.total", "utilization.gpu", "temperature.gpu")
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


def read(env: Mapping[str, str] = os.environ) -> list[Reading]:
    """Read the cards that CUDA would show to a process with this environment; [] without a card or a quick answer."""
    rows = nvidia_smi.visible(nvidia_smi.query(_FIELDS, _PATIENCE_S), env.get("CUDA_VISIBLE_DEVICES"))
    return [Reading(uuid, name, *map(_number, numbers)) for uuid, name, *numbers in rows]


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
    return int(cell) if cell.isdecimal() else None
