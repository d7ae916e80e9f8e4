"""The graphics cards of this machine and their memory.

nvidia-smi is asked, never torch: asking torch makes a CUDA context, which no forked worker survives.
"""

import csv
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from sota_core.system.environment import visible_cards

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


def find(env: Mapping[str, str] = os.environ) -> list[Gpu]:
    """The cards CUDA would show to a process with this environment; [] without a card, a driver, or an answer."""
    try:
        answer = subprocess.run(QUERY, capture_output=True, text=True, timeout=_PATIENCE_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return parse(answer.stdout, env.get("CUDA_VISIBLE_DEVICES"))


def parse(text: str, choice: str | None = None) -> list[Gpu]:
    """The cards in nvidia-smi's answer that CUDA_VISIBLE_DEVICES names; those that do not report their memory are left
    out, but have a number.

    >>> parse("uuid, name, memory.total [MiB], memory.free [MiB]\\nGPU-1f, NVIDIA L4, 23034 MiB, 22000 MiB\\n")
    [Gpu(uuid='GPU-1f', name='NVIDIA L4', total_mib=23034, free_mib=22000)]
    """
    found = []
    rows = [row for row in csv.reader(text.splitlines(), skipinitialspace=True) if len(row) == len(_FIELDS)]
    for row in visible_cards(rows[1:], choice):  # the first names the columns
        sizes = [re.fullmatch(r"(\d+) MiB", cell) for cell in row[2:]]
        if sizes[0] and sizes[1]:
            found.append(Gpu(row[0], row[1], int(sizes[0][1]), int(sizes[1][1])))
    return found
