"""A process that stays for long does not carry what migrates."""

import subprocess
import sys

import pytest

from sota_core.runs.store.database import HEAD, version
from sota_core.runs.store.opening import open_store
from sota_core.settings import Settings
from sota_core.system.environment import child_environment


def test_the_first_opening_migrates_without_alembic_in_this_process(settings: Settings):
    if not settings.db_url.startswith("sqlite"):
        pytest.skip("a server's database is migrated by whoever opens it")
    code = (
        "import sys; from sota_core import settings; from sota_core.runs.store.opening import open_store; "
        "store = open_store(settings.load()); print(store.history.list_runs(), 'alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=child_environment(settings), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["[]", "False"]
    with open_store(settings) as store:
        assert version(store.session.engine) == HEAD
