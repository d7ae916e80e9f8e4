"""Where the project's own files lie. The app is run from its folder and is not installed."""

import os
from pathlib import Path

CORE = Path(__file__).resolve().parent
ROOT = CORE.parent
APP = ROOT / "app.py"
ASSETS = CORE / "assets"


def expanded(path: str | Path) -> Path:
    """The path with a leading `~` or `~name` replaced. Without such a person it stays as it is, and is no folder that
    exists; Path.expanduser raises a RuntimeError.
    """
    return Path(os.path.expanduser(path))  # noqa: PTH111  for just that
