"""Processes are started, recognized and ended, and never mistaken for one another."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from sota_core import paths
from sota_core.system.processes import (
    began_before,
    birth_of,
    has_ended,
    is_alive,
    kill_leftovers,
    open_pidfd,
    signal_group,
    start_detached,
    usable_cores,
)


def wait_until(condition: Callable[[], Any], seconds: float = 120.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return value


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def test_a_process_is_known_by_pid_and_birth():
    me, birth = os.getpid(), birth_of(os.getpid())
    assert is_alive(me, birth) and not is_alive(me, "another boot:1") and not is_alive(None, None)
    child = subprocess.Popen(python(""))
    birth = birth_of(child.pid)
    wait_until(lambda: not is_alive(child.pid, birth))  # a zombie counts as dead
    assert has_ended(child.pid) and child.wait() == 0  # has_ended has not reaped it
    assert birth_of(child.pid) is None
    with pytest.raises(ChildProcessError):
        has_ended(child.pid)
    assert kill_leftovers(me) == []


def test_of_two_births_the_earlier_one_is_known_within_one_boot():
    assert began_before("a:9", "a:10") and not began_before("a:10", "a:9") and not began_before("a:9", "a:9")
    assert not began_before("a:9", "b:10") and began_before("12.30", "112.20")  # the last two: of a Mac
    assert not began_before("nonsense", "a:1") and not began_before("a:x", "a:1")


def test_a_child_at_work_has_not_ended_and_its_end_can_be_waited_for():
    child = subprocess.Popen(python("input()"), stdin=subprocess.PIPE)
    assert not has_ended(child.pid)
    if (descriptor := open_pidfd(child.pid)) is not None:
        os.close(descriptor)
    child.communicate(b"\n")
    assert open_pidfd(child.pid) is None


def test_a_detached_process_leads_its_own_session_and_adds_to_its_log(tmp_path):
    log = tmp_path / "log"
    log.write_text("before\n")
    code = "import os, sys; print(os.getsid(0) == os.getpid(), sys.stdin.read(), os.environ['A'], flush=True); 1 / 0"
    child = start_detached(python(code), log, {"A": "b"}, cwd=tmp_path)
    assert child.wait() == 1
    first, second, *_, last = log.read_text().splitlines()
    assert (first, second, last) == ("before", "True  b", "ZeroDivisionError: division by zero")
    with pytest.raises(FileNotFoundError):
        start_detached(["no such program"], log, {})


def test_an_open_file_can_be_handed_over_as_stdin(tmp_path):
    (tmp_path / "in").write_text("handed over")
    with (tmp_path / "in").open() as file:
        child = start_detached(python("print(input())"), tmp_path / "log", {}, stdin=file.fileno())
    assert child.wait() == 0 and (tmp_path / "log").read_text() == "handed over\n"


CLOSE = """
import os, subprocess, sys
from sota_core.system.processes import close_stdin
kept = os.dup(0)
close_stdin()
child = [sys.executable, "-S", "-c", "import sys; print(repr(sys.stdin.read()))"]
said = subprocess.run(child, capture_output=True, text=True).stdout
print(repr(sys.stdin.read()), said.strip(), os.read(kept, 9))
"""


def test_stdin_is_empty_from_now_on_for_children_too():
    out = subprocess.run([sys.executable, "-c", CLOSE], input="secret", cwd=paths.ROOT, capture_output=True, text=True)
    assert out.stdout == "'' '' b'secret'\n", out.stderr


FORKS = """
import os, tempfile
from sota_core.system.processes import keep_from_forks
kept, other = (os.open(tempfile.gettempdir(), os.O_RDONLY) for _ in range(2))
os.set_inheritable(kept, True)
keep_from_forks([kept])
if os.fork() == 0:
    os.dup2(other, kept)  # now another file has its number
    if os.fork() == 0:
        os._exit(0 if os.fstat(kept) else 1)
    os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
code = os.waitstatus_to_exitcode(os.wait()[1])
if (child := os.fork()) == 0:
    try:
        os.fstat(kept)
    except OSError:
        os._exit(3)
print(code, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), os.get_inheritable(kept))
"""


def test_a_fork_does_not_have_what_is_kept_from_it_and_its_own_forks_lose_nothing():
    out = subprocess.run([sys.executable, "-c", FORKS], cwd=paths.ROOT, capture_output=True, text=True)
    assert out.stdout == "0 3 False\n", out.stderr


FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("way", ["the group", "the leader, then what it left"])
def test_nothing_of_a_family_is_left(tmp_path, way):
    leader = start_detached(python(FAMILY), tmp_path / "log", {})
    child = int(wait_until(lambda: (tmp_path / "log").read_text().strip()))
    birth = birth_of(child)
    assert kill_leftovers(leader.pid) == []  # while its leader is alive
    if way == "the group":
        signal_group(leader.pid, signal.SIGTERM)
        leader.wait()
    else:
        leader.kill()
        leader.wait()
        assert is_alive(child, birth) and kill_leftovers(leader.pid) == [child]
    wait_until(lambda: not is_alive(child, birth))
    signal_group(leader.pid, signal.SIGTERM)  # the group is gone: nothing happens


def test_a_process_that_leads_no_group_is_signalled_alone():
    child = subprocess.Popen(python("import time; time.sleep(600)"))
    signal_group(child.pid, signal.SIGTERM)
    assert child.wait() == -signal.SIGTERM


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not bind processes to cores")
def test_cores_are_those_this_process_may_use():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert usable_cores() == len(before)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [((64, 256), 256), ((64, 200_000), 65_536), ((256, 256), 256), ((100_000, 200_000), 100_000)],
)
def test_the_limit_of_open_files_is_raised_as_far_as_it_may_be(limits: tuple[int, int], expected: int):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and limits[1] > hard:
        pytest.skip(f"this machine allows {hard} open files")
    code = (
        "import resource, sys; from sota_core.system.processes import allow_many_files; "
        f"resource.setrlimit(resource.RLIMIT_NOFILE, {limits}); found = allow_many_files(); "
        "print(found, *resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=paths.ROOT)
    assert out.stdout.split() == [str(expected), str(expected), str(limits[1])]
