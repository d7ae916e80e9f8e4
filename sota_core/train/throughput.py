"""How fast this machine trains, as last measured: a small JSON file under SOTA_HOME. No torch here.

`calibrate` measures and writes it; pages and the command line read it to estimate and to scale.
"""

import dataclasses
import json
import os
from pathlib import Path

from sota_core.recipes import DEFAULT_THROUGHPUT, Throughput
from sota_core.settings import Settings


def throughput_file(settings: Settings) -> Path:
    return settings.home / "throughput.json"


def load_throughput(settings: Settings) -> Throughput:
    """The measured throughput; the assumed default where nothing was measured, or the file is not readable."""
    try:
        return Throughput(**json.loads(throughput_file(settings).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return DEFAULT_THROUGHPUT


def save_throughput(throughput: Throughput, settings: Settings) -> None:
    """Atomic: a reader sees the old file or the new one."""
    target = throughput_file(settings)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(f".{os.getpid()}.tmp")
    partial.write_text(json.dumps(dataclasses.asdict(throughput)), encoding="utf-8")
    partial.replace(target)
