"""One holder at a time, whichever process dies, and whenever."""

import os
import signal
import stat
import subprocess
import sys
import threading

import pytest

from sota_core import paths
from sota_core.system.locks import held, lock, take

HOLD = """
import sys, threading
from pathlib import Path
from sota_core.system.locks import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    threading.Event().wait()
"""


def is_free(path):
    if (descriptor := take(path)) is None:
        return False
    os.close(descriptor)
    return True


def test_the_lock_is_taken_once_and_again_when_it_is_closed(tmp_path):
    path = tmp_path / "new" / "lock"
    descriptor = take(path)
    assert descriptor is not None and not is_free(path)
    assert lock(descriptor)  # this process holds it already
    os.close(descriptor)
    assert is_free(path) and path.exists()  # the file stays: else two could lock two files of one name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_only_an_open_file_can_be_locked(tmp_path):
    descriptor = take(tmp_path / "lock")
    os.close(descriptor)
    with pytest.raises(OSError):
        lock(descriptor)


def test_a_child_holds_what_is_handed_over_and_only_that(tmp_path):
    for handed, expected in ((True, False), (False, True)):
        path = tmp_path / str(handed)
        descriptor = take(path)
        stdin = descriptor if handed else subprocess.DEVNULL
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[descriptor] * handed
        )
        os.close(descriptor)
        assert is_free(path) is expected, stdin
        child.communicate(b"\n")
        assert is_free(path)


def test_held_waits_and_says_so_and_can_give_up(tmp_path):
    path, looks = tmp_path / "lock", []
    with held(path):
        with pytest.raises(TimeoutError), held(path, while_waiting=lambda: give_up(looks), poll_s=0.001):
            pytest.fail("two hold the lock")
    assert len(looks) == 3
    with held(path, while_waiting=lambda: pytest.fail("the lock is free, but held() waits")):
        pass


def give_up(looks: list[int]) -> None:
    looks.append(1)
    if len(looks) == 3:
        raise TimeoutError


def test_held_is_free_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), held(tmp_path / "lock"):
        raise ZeroDivisionError
    assert is_free(tmp_path / "lock")


def test_threads_keep_one_another_out(tmp_path):
    inside, most = [], []

    def work() -> None:
        for _ in range(20):
            with held(tmp_path / "lock", poll_s=0.0):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 80


def test_it_is_free_when_its_holder_is_killed(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, cwd=paths.ROOT, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        assert not is_free(tmp_path / "lock")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert is_free(tmp_path / "lock")
