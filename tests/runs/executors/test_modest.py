"""A worker gives way to the pages, by its nice level and by that of its session; a session it shares with others keeps
its level.
"""

import re
import subprocess
import sys

import pytest

from sota_core import paths
from sota_core.runs.executors.forkserver import AUTOGROUP, NICE

BECOMES_MODEST = f"""
import os
from sota_core.runs.executors.forkserver import be_modest
be_modest()
print(os.nice(0), open({str(AUTOGROUP)!r}).read())
"""


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="this system does not schedule by session (autogroup)")
@pytest.mark.parametrize("leads", [True, False])
def test_a_worker_s_session_yields_but_not_one_it_shares(leads: bool) -> None:
    worker = [sys.executable, "-c", BECOMES_MODEST]
    beside = ["sh", "-c", '"$@"; exit $?', "sh", *worker]  # the shell leads the session
    told = subprocess.run(
        worker if leads else beside, cwd=paths.ROOT, start_new_session=True, capture_output=True, text=True, check=True
    )
    found = re.search(r"^(\d+) /autogroup-\d+ nice (-?\d+)$", told.stdout.strip())
    assert found is not None, told.stdout
    assert int(found[1]) >= NICE and int(found[2]) == (NICE if leads else 0)
