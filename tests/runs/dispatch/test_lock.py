"""One dispatcher at a time, on one machine and across several."""

import dataclasses
import os
import subprocess
import sys

from sota_core.runs.dispatch.lock import DispatcherLock, is_taken_on_the_server, take_file
from sota_core.system.environment import child_environment

TAKE = "from sota_core import settings; from sota_core.runs.dispatch.lock import DispatcherLock; "


def test_the_lock_is_taken_once_and_again_after_its_release(settings):
    first = DispatcherLock.take(settings)
    assert first.is_held() and DispatcherLock.take(settings) is None
    first.release()
    first.release()
    second = DispatcherLock.take(settings)
    second.release()


def test_on_postgresql_another_machine_is_kept_out_too(settings, tmp_path):
    first = DispatcherLock.take(settings)
    elsewhere = dataclasses.replace(settings, home=tmp_path / "another machine")
    second = DispatcherLock.take(elsewhere)
    if settings.db_url.startswith("sqlite"):
        second.release()  # another home has a store of its own
    else:
        assert second is None
    first.release()


def test_another_machine_is_told_that_one_is_at_work_elsewhere_and_asks_without_taking_it(store, settings):
    on_a_server = store.session.engine.dialect.name == "postgresql"
    with store.session.reading() as connection:
        assert not is_taken_on_the_server(connection)
        first = DispatcherLock.take(settings)
        assert is_taken_on_the_server(connection) is on_a_server
        first.release()
        assert not is_taken_on_the_server(connection)


def test_a_lock_handed_over_as_stdin_is_the_childs_alone(settings):
    """The child finds the lock, its own children do not inherit it, and it ends with the child."""
    fd = take_file(settings)
    code = TAKE + (
        "import subprocess, sys; lock = DispatcherLock.take(settings.load()); quiet = subprocess.DEVNULL; "
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(5)'], stdout=quiet, stderr=quiet); "
        "child.returncode = 0; print('taken' if lock else 'refused')"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], stdin=fd, env=child_environment(settings), capture_output=True, text=True
    )
    assert out.stdout == "taken\n", out.stderr
    os.close(fd)
    lock = DispatcherLock.take(settings)
    assert lock is not None
    lock.release()
