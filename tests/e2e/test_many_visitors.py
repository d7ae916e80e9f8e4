"""More visitors than the usual limit of open files would admit, and how many files each of them takes."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from benchmarks import site
from benchmarks.load.st_session import StSession
from tests.e2e.conftest import alone

pytestmark = pytest.mark.slow

SOFT = 150  # in place of 1,024: enough for some 20 of these sessions, not for 40
VISITORS = 40


@pytest.fixture
def narrow_server(tmp_path: Path) -> Iterator[tuple[str, int]]:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 1024:
        pytest.skip("this machine's hard limit of open files is too low")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    homes = {"SOTA_HOME": str(tmp_path / "home"), "SOTA_DATA_DIR": str(tmp_path / "data")}
    port = site.free_port()
    narrow = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (SOFT, hard))  # noqa: E731
    process = site.start(port, os.environ | homes, preexec_fn=narrow)
    try:
        site.wait(f"http://localhost:{port}", process)
        yield f"http://localhost:{port}", process.pid
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this system does not say how many files are open")
def test_a_low_limit_of_open_files_turns_no_visitor_away(narrow_server: tuple[str, int]) -> None:
    url, pid = narrow_server

    async def visit() -> tuple[list[bool], int]:
        sessions = [StSession(url, "/papers") for _ in range(VISITORS)]
        seen = [(await session.open()).is_good for session in sessions]
        n_open = psutil.Process(pid).num_fds()
        for session in sessions:
            await session.close()
        return seen, n_open

    seen, n_open = alone(lambda: visit())
    assert seen == [True] * VISITORS
    assert SOFT < n_open < 4 * VISITORS + 80  # four each, and what the server needs for itself
