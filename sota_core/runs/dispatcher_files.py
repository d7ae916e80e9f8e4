"""What a dispatcher leaves in its home for others: a file that says who it is, and a pipe that wakes it."""

import contextlib
import os
from pathlib import Path
from typing import Any

from sota_core.system.files import read_json


def info_path(home: Path) -> Path:
    """Where a dispatcher says who it is and how many runs it starts at a time."""
    return home / "dispatcher.json"


def wake_path(home: Path) -> Path:
    """The named pipe a dispatcher sleeps on. A pipe and not a socket: a socket's path is limited to 108 bytes."""
    return home / "dispatcher.wake"


def read_info(home: Path) -> dict[str, Any]:
    """What the dispatcher at work has written, or the last one; {} if there was none."""
    return read_json(info_path(home)) or {}


def ring(home: Path) -> None:
    """Tell a dispatcher that listens to look at once. Never blocks, never fails: it looks every second anyway."""
    with contextlib.suppress(OSError):  # ENXIO: nobody listens
        fd = os.open(wake_path(home), os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(fd, b".")
        finally:
            os.close(fd)
