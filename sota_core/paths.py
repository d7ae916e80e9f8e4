"""Where the project's own files lie. The app is run from its folder and is not installed."""

from pathlib import Path

CORE = Path(__file__).resolve().parent
ROOT = CORE.parent
APP = ROOT / "app.py"
ASSETS = CORE / "assets"
