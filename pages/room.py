"""The door of /room, no page: _shared/frame.py says why it is here."""

import runpy
from pathlib import Path

runpy.run_path(str(Path(__file__).parents[1] / "app.py"))
