"""Opens the store for a process that stays for long: a new database is made by a process of its own.

Alembic is needed once and takes some 10 MB, which a web server would carry for the rest of its life.
"""

import subprocess
import sys

from sota_core.runs.store.database import sqlite_path
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from sota_core.system.environment import child_environment


def open_store(settings: Settings) -> Store:
    """As `Store(settings)`. Blocking: the very first time about a second, for a process to start and to migrate.

    Should that process fail, and for databases other than SQLite, this one migrates and says what is wrong.
    """
    path = sqlite_path(settings.db_url)
    if path is not None and not path.exists():
        command = [sys.executable, "-m", "sota_core", "runs", "list"]
        subprocess.run(command, env=child_environment(settings), capture_output=True, check=False, timeout=60)
    return Store(settings)
