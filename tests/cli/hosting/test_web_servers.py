"""Web processes: one that ends is replaced, though not too fast; if there is only one, its end is the app's."""

import subprocess
import sys
from functools import partial

from sota_core.cli.hosting.web_servers import LONGEST_WAIT_S, STEADY_S, WebServers
from tests.runs.conftest import Clock

SLEEPS, ENDS = (
    partial(subprocess.Popen, [sys.executable, "-c", code])
    for code in ("import time; time.sleep(600)", "raise SystemExit(3)")
)


def wait(servers: WebServers, number: int) -> None:
    servers.servers[number].process.wait(60)


def test_one_that_ended_is_started_again_and_the_others_are_left_alone():
    said: list[str] = []
    servers = WebServers([SLEEPS] * 2, say=said.append)
    first, second = (server.process for server in servers.servers)
    second.kill()
    wait(servers, 1)
    assert servers.tend() is None and servers.servers[0].process is first
    again = servers.servers[1].process
    assert again.pid != second.pid and again.poll() is None
    assert said == ["web process 2 of 2 ended (code -9) and is started again"]
    servers.end()
    assert first.poll() is not None and again.poll() is not None


def test_one_that_keeps_ending_is_tried_less_and_less_often():
    clock, said = Clock(), []
    servers = WebServers([SLEEPS, ENDS], say=said.append, clock=clock)
    for wait_s in (0, 1, 3, 7):
        wait(servers, 1)
        if wait_s:
            clock.pass_(wait_s - 0.5)
            servers.tend()
            assert servers.servers[1].process.poll() is not None
            clock.pass_(0.5)
        n = len(said)
        assert servers.tend() is None and len(said) == n + 1
    wait(servers, 1)
    clock.pass_(STEADY_S)
    servers.tend()
    assert servers.servers[1].n_quick == 0
    servers.end()


def test_the_only_one_s_end_is_the_app_s():
    servers = WebServers([ENDS])
    wait(servers, 0)
    assert servers.tend() == 3


def test_one_that_cannot_be_started_yet_is_asked_for_again():
    asked = iter([None, None, SLEEPS()])
    servers = WebServers([lambda: next(asked), SLEEPS])
    assert servers.servers[0].process is None
    servers.tend()
    assert servers.servers[0].process is None
    servers.tend()
    process = servers.servers[0].process
    assert process is not None and process.poll() is None
    servers.end()
    assert process.poll() is not None


def test_one_that_cannot_be_started_is_tried_again_later_and_the_others_go_on():
    clock, said, refused = Clock(), [], [OSError(12, "Cannot allocate memory")] * 2

    def start():
        if refused:
            raise refused.pop()
        return SLEEPS()

    servers = WebServers([SLEEPS, start], say=said.append, clock=clock)
    for wait_s in (0, LONGEST_WAIT_S - 1, 1, 1, LONGEST_WAIT_S - 1):
        assert servers.servers[1].process is None and servers.tend() is None
        clock.pass_(wait_s)
    servers.tend()
    assert servers.servers[0].process.poll() is None and servers.servers[1].process.poll() is None
    assert said == ["web process 2 of 2 cannot be started now: [Errno 12] Cannot allocate memory"] * 2
    servers.end()


class Stuck:
    """A process that never ends: its disk hangs, or its pid is not known yet."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def poll(self) -> int | None:
        return None

    def wait(self, timeout: float) -> int:
        raise subprocess.TimeoutExpired("web process", timeout)

    def terminate(self) -> None:
        self.heard.append("terminate")

    def kill(self) -> None:
        self.heard.append("kill")


def test_one_that_does_not_end_keeps_nobody_from_ending_the_others():
    stuck, said = Stuck(), []
    servers = WebServers([lambda: stuck, SLEEPS], say=said.append)
    other = servers.servers[1].process
    servers.end()
    assert stuck.heard == ["terminate", "kill"] and other is not None and other.poll() is not None
    assert said == ["web process 1 of 2 does not end, and is left alone"]
