"""What nvidia-smi says of the graphics cards. It is asked, never torch: asking torch makes a CUDA context, which no
forked worker survives.
"""

import csv
import shutil
import subprocess
from collections.abc import Iterable, Sequence

_COMMAND = "nvidia-smi"


def can_be_asked() -> bool:
    """Is there an nvidia-smi? It need not find a card."""
    return shutil.which(_COMMAND) is not None


def query(fields: Sequence[str], patience_s: float) -> list[list[str]]:
    """These fields of every card, in nvidia-smi's order: memory in MiB, shares in percent, and what it writes for a
    value it does not know, in brackets. [] without a card, a driver, or an answer within `patience_s`.

    Blocking. Starts no process where there is no nvidia-smi.
    """
    if not can_be_asked():
        return []
    asked = [_COMMAND, f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=patience_s, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return [row for row in csv.reader(answer.splitlines(), skipinitialspace=True) if len(row) == len(fields)]


def visible(rows: Iterable[Sequence[str]], choice: str | None) -> list[Sequence[str]]:
    """The cards that CUDA_VISIBLE_DEVICES names, in its order: by number, by uuid or by the beginning of a uuid.

    As in CUDA, the first name that fits no card ends the list. A part of a card (MIG) has a name of its own, which fits
    none here: then the machine counts as one whose cards are not known.

    rows    all of nvidia-smi's cards, in its order, the uuid first
    choice  the variable; None if it is not set

    >>> visible([("GPU-1f", "NVIDIA L4"), ("GPU-2a", "NVIDIA T400")], "1,GPU-1")
    [('GPU-2a', 'NVIDIA T400'), ('GPU-1f', 'NVIDIA L4')]
    """
    rows = list(rows)
    if choice is None:
        return rows
    chosen: list[Sequence[str]] = []
    for name in choice.split(","):
        name = name.strip()
        fits = [row for i, row in enumerate(rows) if name and (name == str(i) or row[0].startswith(name))]
        if len(fits) != 1:
            break
        chosen += fits
    return chosen


def names_a_part(choice: str | None) -> bool:
    """Whether CUDA_VISIBLE_DEVICES names a part of a card (MIG). CUDA shows a process one part at most."""
    return (choice or "").strip().startswith("MIG-")
