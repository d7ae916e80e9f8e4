"""The graphics cards of this machine and their memory.

nvidia-smi is asked, never torch: asking torch makes a CUDA context, which no forked worker survives.
"""

import csv
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

_FIELDS = ("uuid", "name", "memory.total", "memory.free")
QUERY = ["nvidia-smi", f"--query-gpu={','.join(_FIELDS)}", "--format=csv"]
_PATIENCE_S = 20.0  # a driver that is not kept loaded takes seconds to answer


@dataclass(frozen=True, slots=True)
class Gpu:
    """A card, its memory and how much of it is free, in MiB."""

    uuid: str
    name: str  # as CUDA calls it too
    total_mib: int
    free_mib: int


class _HasUuid(Protocol):
    @property
    def uuid(self) -> str: ...


_Card = TypeVar("_Card", bound=_HasUuid)


def find(env: Mapping[str, str] = os.environ) -> list[Gpu]:
    """The cards CUDA would show to a process with this environment; [] without a card, a driver, or an answer."""
    try:
        answer = subprocess.run(QUERY, capture_output=True, text=True, timeout=_PATIENCE_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return visible(parse(answer.stdout), env.get("CUDA_VISIBLE_DEVICES"))


def parse(text: str) -> list[Gpu]:
    """The cards in nvidia-smi's answer, in its order; cards that do not report their memory are left out.

    >>> parse("uuid, name, memory.total [MiB], memory.free [MiB]\\nGPU-1f, NVIDIA L4, 23034 MiB, 22000 MiB\\n")
    [Gpu(uuid='GPU-1f', name='NVIDIA L4', total_mib=23034, free_mib=22000)]
    """
    found = []
    for row in csv.reader(text.splitlines(), skipinitialspace=True):
        sizes = [re.fullmatch(r"(\d+) MiB", cell) for cell in row[2:]]
        if len(sizes) == 2 and sizes[0] and sizes[1]:
            found.append(Gpu(row[0], row[1], int(sizes[0][1]), int(sizes[1][1])))
    return found


def visible(gpus: Iterable[_Card], choice: str | None) -> list[_Card]:
    """The cards that CUDA_VISIBLE_DEVICES names, in its order: by number, by uuid or by the beginning of a uuid.

    As in CUDA, the first name that fits no card ends the list. A part of a card (MIG) has a name of its own, which fits
    none here: then the machine counts as one whose cards are not known.
    """
    gpus = list(gpus)
    if choice is None:
        return gpus
    chosen: list[_Card] = []
    for name in choice.split(","):
        name = name.strip()
        fits = [gpu for i, gpu in enumerate(gpus) if name and (name == str(i) or gpu.uuid.startswith(name))]
        if len(fits) != 1:
            break
        chosen += fits
    return chosen
