"""A run database that is migrated already: a test that is not about migrating need not wait for it."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from sota_core.runs.store.store import Store


@cache
def _template() -> Path:
    file = Path(tempfile.mkdtemp()) / "runs.db"
    Store(f"sqlite:///{file}").close()
    return file


def migrated(file: Path) -> Path:
    """Put an empty, migrated SQLite database at `file`; its folder is made. Milliseconds from the second call on."""
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(_template(), file)
    return file
