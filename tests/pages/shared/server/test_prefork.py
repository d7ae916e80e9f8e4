"""A web process forked from a preloaded one: what can go wrong. tests/e2e/test_processes.py has real web processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from benchmarks.site import free_ports
from pages.shared.server.prefork import Prefork, threads
from sota_core import paths


def test_a_fork_that_fails_is_told_and_does_not_end_the_others(caplog: pytest.LogCaptureFixture) -> None:
    def fork() -> int:
        raise OSError(11, "Resource temporarily unavailable")

    answers, replies = os.pipe()
    Prefork(-1, replies, lambda words, listening: None, fork).asked({"n": 7, "words": ["run"]})
    assert json.loads(os.read(answers, 1000)) == {"forked": 7, "pid": None}
    assert "Resource temporarily unavailable" in caplog.text
    for fd in (answers, replies):
        os.close(fd)


def test_threads_that_would_not_survive_a_fork_are_named() -> None:
    go = threading.Event()
    other = threading.Thread(target=go.wait, name="watcher of files")
    other.start()
    try:
        assert "watcher of files" in threads()
    finally:
        go.set()
        other.join()


SERVES = """
import os, sys
from pages.shared.server import prefork
from sota_core.system.json_lines import take_pipes

def become(words, listening):
    while True:
        one, _ = listening.accept()
        one.sendall(b"%d" % os.getpid())
        one.close()

prefork.STEADY_S = float(sys.argv[1])
prefork.Prefork(*take_pipes(), become).serve()
"""


class Forks:
    """Web processes that share a port and answer each visitor with their pid."""

    def __init__(self, steady_s: float) -> None:
        self.port, self.n = free_ports(1), 0
        command = [sys.executable, "-c", SERVES, str(steady_s)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=paths.ROOT, text=True, bufsize=1, stdin=pipe, stdout=pipe)

    def fork(self) -> int:
        """Fork another web process; returns its pid."""
        assert self.process.stdin is not None
        self.n += 1
        words = ["run", "app.py", "--server.port", str(self.port), "--server.address", "127.0.0.1"]
        self.process.stdin.write(json.dumps({"n": self.n, "words": words}) + "\n")
        return self.told()["pid"]

    def told(self) -> dict:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def come(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def end(self) -> None:
        self.process.communicate(timeout=60)  # it ends when its stdin is closed


@pytest.fixture
def forks(request: pytest.FixtureRequest) -> Iterator[Forks]:
    forks, pids = Forks(request.param), []
    pids.append(forks.fork())
    with forks.come() as visitor:
        assert int(visitor.recv(100)) == pids[0]
    os.kill(pids[0], signal.SIGKILL)
    assert forks.told() == {"ended": pids[0], "code": -signal.SIGKILL}
    yield forks
    forks.end()


@pytest.mark.long
@pytest.mark.parametrize("forks", [0.0], indirect=True)
def test_who_comes_between_two_processes_waits_for_the_second(forks: Forks) -> None:
    with forks.come() as visitor:
        second = forks.fork()
        assert int(visitor.recv(100)) == second
    os.kill(second, signal.SIGKILL)


@pytest.mark.long
@pytest.mark.parametrize("forks", [3600.0], indirect=True)
def test_nobody_waits_where_a_process_ended_soon_after_its_start(forks: Forks) -> None:
    with pytest.raises(ConnectionRefusedError):
        forks.come()
    second = forks.fork()
    with forks.come() as visitor:
        assert int(visitor.recv(100)) == second
    os.kill(second, signal.SIGKILL)
