"""Many threads make sure that a dispatcher runs: each notices when it has ended, and they do not disturb each other."""

import errno
import logging
import os
import subprocess
import sys
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest

from sota_core.runs.dispatch import starter
from sota_core.runs.dispatch.lock import DispatcherLock, take_file
from sota_core.runs.dispatch.starter import AGAIN_S, Starter
from sota_core.runs.dispatcher_files import info_path
from sota_core.runs.identity import program_version
from sota_core.system.files import write_json
from sota_core.system.processes import birth_of
from tests.runs.conftest import Clock


def test_an_end_that_another_thread_has_noticed_meanwhile_is_no_error(settings):
    one = Starter(settings, Clock(0.0))

    def poll():
        one.started.clear()  # what another thread does, at the worst moment
        return 1

    one.started.append(SimpleNamespace(poll=poll, returncode=1))
    take_file(settings)  # the lock is taken, so none is started here
    one.ensure_running()
    assert one.started == [] and one.not_before == AGAIN_S


@pytest.fixture
def at_work(settings):
    """at_work(version): a dispatcher of that version, as far as others see: a process that ends on SIGTERM."""
    started = []

    def at_work(version):
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        started.append(process)
        info = {"pid": process.pid, "birth": birth_of(process.pid), "version": version}
        write_json(info_path(settings.home), info)
        threading.Thread(target=process.wait, daemon=True).start()
        return process

    yield at_work
    for process in started:
        process.kill()


@pytest.mark.parametrize(
    ("version", "is_older", "ends"),
    [("another", True, True), ("another", False, False), (program_version(), True, False)],
)
def test_one_that_an_earlier_version_has_left_at_work_is_followed_by_one_of_this(
    settings, at_work, monkeypatch, version, is_older, ends
):
    """It would train with the code that it began with. One that is younger than this process is left alone: two
    checkouts that share a home would end each other's for ever.
    """
    monkeypatch.setattr(starter.engine, "missing", list)
    monkeypatch.setattr(starter, "is_taken_elsewhere", lambda _: False)
    process, started = at_work(version), []

    def start(*asked, **_):
        started.append(asked)
        return SimpleNamespace(poll=lambda: None)

    monkeypatch.setattr(starter, "start_detached", start)
    if is_older:
        of_it, elsewhere = birth_of(process.pid), birth_of
        assert of_it is not None
        boot, _, ticks = of_it.rpartition(":")
        mine = f"{boot}:{float(ticks) + 1}"
        monkeypatch.setattr(starter, "birth_of", lambda pid: mine if pid == os.getpid() else elsewhere(pid))
    held = None if ends else take_file(settings)
    Starter(settings).ensure_running()
    assert (process.poll() is not None) == ends == bool(started)
    if held is not None:
        os.close(held)


@pytest.mark.parametrize("what", ["start_detached", "take_file"])
def test_one_that_cannot_be_started_harms_nobody_and_is_tried_again_later(what, settings, monkeypatch, caplog):
    """No memory for a process, or a home that cannot be written to: queued runs stay queued, the server goes on."""
    tried = []

    def refuse(*args, **_):
        tried.append(args)
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(starter.engine, "missing", list)
    monkeypatch.setattr(starter, what, refuse)
    one = Starter(settings, uptime := Clock(0.0))
    with caplog.at_level(logging.ERROR):
        for _ in range(3):  # as every open page does, every second
            one.ensure_running()
    assert len(tried) == 1 and caplog.text.count("Cannot allocate memory") == 1
    uptime.pass_(AGAIN_S)
    one.ensure_running()
    assert len(tried) == 2
    if what == "start_detached":
        fd = take_file(settings)
        assert fd is not None  # the lock was released
        os.close(fd)


def test_a_machine_without_the_dispatcher_starts_none_while_another_one_s_is_at_work(
    settings, db_url, store, monkeypatch, tmp_path
):
    """It would give up at once, for a second of a core, in each web process twice a minute."""
    if db_url.startswith("sqlite"):
        pytest.skip("a SQLite store is one machine's")
    started = []
    monkeypatch.setattr(starter.engine, "missing", list)

    def start(*asked, **_):
        started.append(asked)
        return SimpleNamespace(poll=lambda: None)

    monkeypatch.setattr(starter, "start_detached", start)
    here = replace(settings, home=tmp_path / "here")
    there = DispatcherLock.take(replace(settings, home=tmp_path / "there"))
    assert there is not None
    one = Starter(here, uptime := Clock(0.0))
    one.ensure_running()
    assert started == [] and one.not_before == AGAIN_S
    there.release()
    one.ensure_running()
    assert started == [], "not at every look of every viewer"
    uptime.pass_(AGAIN_S)
    one.ensure_running()
    assert len(started) == 1
    away = replace(here, db_url="postgresql+psycopg://ann@127.0.0.1:1/lab")
    Starter(away).ensure_running()
    assert len(started) == 1
