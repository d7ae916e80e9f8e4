"""The graphics cards of this machine and their memory."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from sota_core.system import nvidia_smi

_FIELDS = ("uuid", "name", "memory.total", "memory.free")
_PATIENCE_S = 20.0  # a driver that is not kept loaded takes seconds to answer


@dataclass(frozen=True, slots=True)
class Gpu:
    """A card, its memory and how much of it is free, in MiB."""

    uuid: str
    name: str  # as CUDA calls it too
    total_mib: int
    free_mib: int


def find(env: Mapping[str, str] = os.environ) -> list[Gpu]:
    """The cards CUDA would show to a process with this environment; [] without a card, a driver, or an answer. Cards
    that do not report their memory are left out, but have a number.
    """
    rows = nvidia_smi.visible(nvidia_smi.query(_FIELDS, _PATIENCE_S), env.get("CUDA_VISIBLE_DEVICES"))
    return [
        Gpu(uuid, name, int(total), int(free))
        for uuid, name, total, free in rows
        if total.isdecimal() and free.isdecimal()
    ]
