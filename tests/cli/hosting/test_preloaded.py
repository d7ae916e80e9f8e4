"""Web processes forked from a preloaded one: a replacement is there at once, and forked processes and their parent do
not end each other.

The forked processes of these tests have no pages: they sleep, as a web process waits for visitors.
"""

import errno
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from unittest.mock import Mock

import pytest

from sota_core import paths
from sota_core.cli.hosting.preloaded import AGAIN_S, MOST_TRIES, UNKNOWN, Forked, Preloaded
from sota_core.cli.hosting.web_servers import WebServers, start
from sota_core.system.processes import birth_of, is_alive

PATIENCE_S = 30.0
FORKS = """
import time
from sota_core.system.forking import Forking
from sota_core.system.json_lines import take_pipes

class Sleepers(Forking):
    def asked(self, request):
        pid = self.fork()
        if pid == 0:
            self.leave()
            print(request["words"], flush=True)  # as some libraries print
            time.sleep(600)
        self.children[pid] = request["n"]
        self.reply({"forked": request["n"], "pid": pid})

    def ended(self, child, pid, code):
        self.reply({"ended": pid, "code": code})

print("a library's word", flush=True)
one = Sleepers(*take_pipes())
one.reply({"ready": True, "why": ""})
one.serve()
"""
REFUSES = """print('{"ready": false, "why": "it has other threads: pool"}')"""
ENDS = "raise SystemExit(3)"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def made(said: list[str]) -> Iterator[Callable[[str], Preloaded]]:
    """made(code): a Preloaded that runs this Python code; its messages are collected in `said`."""
    all_of_them: list[Preloaded] = []

    def made(code: str) -> Preloaded:
        env = {**os.environ, "PYTHONPATH": str(paths.ROOT)}
        one = Preloaded(env, command=[sys.executable, "-c", code], say=said.append)
        all_of_them.append(one)
        return one

    yield made
    for one in all_of_them:
        one.end()


def until(look: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not look():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.01)


def forked(from_: Preloaded) -> Forked:
    """A forked process that is alive."""
    found: list[Forked] = []
    until(lambda: found or found.extend(filter(None, [from_.fork(["run"])])))
    until(lambda: found[0].poll() is None and found[0].pid is not None)
    return found[0]


def at_work(servers: WebServers, number: int) -> Forked:
    """The web process at this place, once it is alive."""

    def one() -> Forked | None:
        servers.tend()
        found = servers.servers[number].process
        assert found is None or isinstance(found, Forked)
        return found if found is not None and found.poll() is None and found.pid is not None else None

    until(one)
    found = one()
    assert found is not None
    return found


def test_one_that_is_killed_is_followed_by_another_one_and_all_end_together(
    made: Callable[[str], Preloaded], said: list[str]
) -> None:
    preloaded = made(FORKS)
    servers = WebServers([partial(start, ["run"], {}, preloaded)] * 2, say=said.append)
    first, second = (at_work(servers, number) for number in (0, 1))
    second.kill()
    until(lambda: servers.tend() is None and servers.servers[1].process not in (None, second))
    again = at_work(servers, 1)
    assert servers.servers[0].process is first and again.pid not in (first.pid, second.pid)
    assert said == ["web process 2 of 2 ended (code -9) and is started again"]
    servers.end()
    assert (first.code, again.code) == (-signal.SIGTERM, -signal.SIGTERM)
    assert not is_alive(first.pid, first.birth) and not is_alive(again.pid, again.birth)


def test_a_line_that_is_no_request_ends_nothing(made: Callable[[str], Preloaded], said: list[str]) -> None:
    preloaded = made(FORKS)
    first = forked(preloaded)
    assert preloaded.process is not None and preloaded.process.stdin is not None
    os.write(preloaded.process.stdin.fileno(), b"not JSON\n[]\n")
    second = forked(preloaded)
    assert first.poll() is None and said == []
    for one in (first, second):
        one.kill()
        one.wait(PATIENCE_S)


def test_what_was_forked_outlives_what_it_was_forked_from(made: Callable[[str], Preloaded]) -> None:
    preloaded = made(FORKS)
    one, other = forked(preloaded), forked(preloaded)
    assert preloaded.process is not None
    before = preloaded.process
    before.kill()
    before.wait()
    until(lambda: one.poll() is None and preloaded.process is not before and preloaded.is_ready)
    assert other.poll() is None  # known by its pid alone: its parent is gone
    other.kill()
    until(lambda: other.poll() is not None)
    assert other.code == UNKNOWN and one.poll() is None
    next_ = forked(preloaded)
    next_.terminate()
    assert next_.wait(PATIENCE_S) == -signal.SIGTERM
    one.terminate()
    one.wait(PATIENCE_S)


@pytest.mark.parametrize(("code", "why"), [(REFUSES, "it has other threads: pool"), (ENDS, "")])
def test_where_nothing_can_be_forked_web_processes_start_from_scratch(
    code: str, why: str, made: Callable[[str], Preloaded], said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    preloaded = made(code)
    until(lambda: not preloaded.read())
    assert not preloaded.is_of_use and preloaded.n_tries == MOST_TRIES
    assert said == [
        *([f"web processes cannot be forked: {why}"] if why else []),
        "web processes are started from scratch: their first pages take seconds",
    ]
    begun: list[list[str]] = []
    monkeypatch.setattr("subprocess.Popen", lambda command, env, pass_fds: begun.append(command))
    start(["run", "app.py"], {}, preloaded)
    assert begun == [[sys.executable, "-m", "pages.shared.server.web", "run", "app.py"]]


def test_one_that_cannot_be_followed_for_now_is_followed_later_and_those_it_has_forked_go_on(
    made: Callable[[str], Preloaded], said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No memory, or too many processes, as its end was noticed: the whole app ended."""
    preloaded = made(FORKS)
    servers = WebServers([partial(start, ["run"], {}, preloaded)] * 2, say=said.append)
    both = [at_work(servers, number) for number in (0, 1)]
    preloaded.clock = lambda: 100.0
    assert preloaded.process is not None
    with monkeypatch.context() as patch:
        patch.setattr("subprocess.Popen", Mock(side_effect=BlockingIOError(errno.EAGAIN, "not now")))
        preloaded.process.kill()
        until(lambda: servers.tend() is None and preloaded.process is None)
        assert servers.tend() is None
    (told,) = said
    assert told.startswith("the process that web processes are forked from cannot be started now")
    assert told.endswith(": [Errno 11] not now")
    assert [one.poll() for one in both] == [None, None] and preloaded.process is None
    preloaded.clock = lambda: 100.0 + AGAIN_S
    until(lambda: preloaded.read() and preloaded.is_ready)
    servers.end()


def test_nothing_is_forked_before_it_is_ready(made: Callable[[str], Preloaded]) -> None:
    preloaded = made("import sys; sys.stdin.read()")
    assert preloaded.read() and preloaded.is_of_use and preloaded.fork(["run"]) is None
    preloaded.end()
    assert not preloaded.is_of_use and preloaded.fork(["run"]) is None


def test_a_process_that_ends_just_before_its_signal_is_no_error(monkeypatch: pytest.MonkeyPatch):
    def has_ended(pid: int, number: int) -> None:
        raise ProcessLookupError

    me = os.getpid()
    monkeypatch.setattr(os, "kill", has_ended)
    Forked(lambda: True, me, birth_of(me)).kill()  # else: no watch, and others are not ended
