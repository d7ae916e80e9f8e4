"""How fast this machine trains, as last measured: a small JSON file under SOTA_HOME. No torch here.

`calibrate` measures and writes it; pages and the command line read it to estimate and to scale.
"""

import dataclasses
from pathlib import Path

from sota_core.recipes import DEFAULT_THROUGHPUT, Throughput
from sota_core.settings import Settings
from sota_core.system.files import read_json, write_json


def throughput_file(settings: Settings) -> Path:
    return settings.home / "throughput.json"


def load_throughput(settings: Settings) -> Throughput:
    """The measured throughput; the assumed default where nothing was measured, or the file is not readable."""
    try:
        return Throughput(**read_json(throughput_file(settings)))
    except TypeError:  # none there, or other fields
        return DEFAULT_THROUGHPUT


def save_throughput(throughput: Throughput, settings: Settings) -> None:
    """Atomic: a reader sees the old file or the new one."""
    write_json(throughput_file(settings), dataclasses.asdict(throughput))
