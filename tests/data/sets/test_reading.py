"""Zips are read one at a time, in a fair order, by a single reader; with real processes where that matters."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from sota_core import paths
from sota_core.data.sets import own, own_folders, sources
from sota_core.data.sets.sources import JobStatus, job_status
from sota_core.settings import Settings
from sota_core.system.files import read_json
from tests.data.sets.test_own import ZIP

# A reader that writes down whose zip it reads, and then does what the set's title says.
READER = """
import dataclasses, os, sys, time
from sota_core.data.sets import own_folders, reading
from sota_core.settings import load

def read(id, settings):
    folder = own_folders.home(settings) / id
    made = own_folders.read(folder)
    with (settings.home / "order").open("a") as out:
        out.write(made.owner + "\\n")
    if made.title == "long":
        time.sleep(0.3)
    if made.title == "kills":
        os.kill(os.getpid(), 9)
    if made.title == "hangs":
        time.sleep(999)
    if made.title == "fails":
        raise ValueError("not this one")
    (folder / "sent.zip").unlink()
    own_folders.write(folder, dataclasses.replace(made, is_ready=True))

reading.END_S = float(sys.argv[1])
reading.read_waiting(load(), read)
"""


def read_waiting(end_s: float = 60) -> None:
    subprocess.run([sys.executable, "-c", READER, str(end_s)], check=True, cwd=paths.ROOT, timeout=60)


@pytest.fixture(autouse=True)
def at_home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOTA_HOME", str(settings.home))


def order(settings: Settings) -> list[str]:
    return (settings.home / "order").read_text().split()


def send(settings: Settings, owner: str, origin: str | None = None, title: str = "birds") -> own.OwnSet:
    time.sleep(0.002)  # the clock must advance, because the order is by time
    return own.begin(ZIP, title, owner, settings, origin)


def test_who_came_first_is_read_first(settings: Settings) -> None:
    for owner in ("ada", "bob", "eve"):
        send(settings, owner)
    read_waiting()
    assert order(settings) == ["ada", "bob", "eve"] and own.waiting(settings) == []


def test_who_has_kept_the_reader_busy_lets_others_pass_and_so_does_their_network(settings: Settings) -> None:
    for n in range(3):
        send(settings, f"many{n}", "net-1", "long")
    send(settings, "one", "net-2")
    send(settings, "two", "net-2")
    send(settings, "home")
    read_waiting()
    assert order(settings)[:2] == ["many0", "one"] and set(order(settings)[2:4]) == {"two", "home"}
    assert order(settings)[4:] == ["many1", "many2"]


@pytest.mark.parametrize("how", ["kills", "fails"])
def test_a_zip_that_ends_its_process_ends_alone_and_is_not_begun_again(how: str, settings: Settings) -> None:
    bad, good = send(settings, "ada", title=how), send(settings, "bob")
    read_waiting()
    assert order(settings) == ["ada", "bob"]
    assert own.own_sets("ada", settings) == [] and own.own_sets("bob", settings)[0].is_ready
    assert not (own_folders.home(settings) / bad.id).exists() and (own_folders.home(settings) / good.id).exists()
    log = settings.home / "logs" / f"download-{bad.id}.log"
    assert ("not this one" in log.read_text()) == (how == "fails")


def test_a_zip_whose_reading_never_ends_is_ended_its_owner_told_and_the_next_one_read(settings: Settings) -> None:
    bad, _ = send(settings, "ada", title="hangs"), send(settings, "bob")
    read_waiting(end_s=1)
    assert order(settings) == ["ada", "bob"]
    assert own.own_sets("ada", settings) == [] and own.own_sets("bob", settings)[0].is_ready
    status = job_status(bad.id, settings)
    assert status is not None and status.stage == "failed"
    assert status.message == "Reading took more than 3 minutes; pack fewer or smaller pictures."


def test_a_set_that_was_removed_while_it_waited_is_passed_by(settings: Settings) -> None:
    gone = send(settings, "ada")
    send(settings, "bob")
    own.remove(gone.id, "ada", settings)
    read_waiting()
    assert order(settings) == ["bob"]


def test_reading_goes_on_in_a_process_of_its_own_and_tells_how_far_it_is(settings: Settings):
    begun = sources.start_reading(ZIP, "birds", "ada", settings)
    status = ended(begun.id, settings)
    assert (status.stage, status.done) == ("done", 6)
    assert [found.is_ready for found in own.own_sets("ada", settings)] == [True]


def test_however_many_wait_there_is_one_reader_and_with_it_their_waiting_ends(settings: Settings) -> None:
    waits = (sys.executable, "-c", "import time; time.sleep(60)")
    begun = [sources.start_reading(ZIP, "birds", owner, settings, command=waits) for owner in ("ada", "bob", "eve")]
    known = read_json(own_folders.home(settings) / "reader.json")
    assert known is not None
    told = [job_status(made.id, settings) for made in begun]
    assert [(status.stage, status.pid) for status in told if status] == [("turn", known["pid"])] * 3
    assert [child.pid for child in psutil.Process().children()].count(known["pid"]) == 1
    os.kill(known["pid"], signal.SIGKILL)
    while psutil.pid_exists(known["pid"]):  # until a thread of this process has collected its exit code
        time.sleep(0.01)
    for made in begun:
        status = job_status(made.id, settings)
        assert status is not None and status.stage == "interrupted" and "send it again" in status.message
    sources.start_reading(ZIP, "birds", "kim", settings)  # a new reader, which takes up what the other has left
    deadline = time.monotonic() + 120
    while not all(found.is_ready for found in own_folders.all_sets(settings)):
        assert time.monotonic() < deadline, (settings.home / "logs" / "reader.log").read_text()
        time.sleep(0.05)
    assert [ended(made.id, settings).stage for made in begun] == ["done"] * 3
    while (own_folders.home(settings) / "reader.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_zip_sent_again_takes_the_place_of_one_whose_reading_was_cut_off(settings: Settings) -> None:
    gone = (sys.executable, "-c", "pass")
    before = sources.start_reading(ZIP, "birds", "ada", settings, command=gone)
    deadline = time.monotonic() + 60
    while (status := job_status(before.id, settings)) is None or status.is_active:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert status.stage == "interrupted"
    again = sources.start_reading(ZIP, "birds", "ada", settings, command=gone)
    assert [found.id for found in own.own_sets("ada", settings)] == [again.id]


def ended(id: str, settings: Settings) -> JobStatus:
    deadline = time.monotonic() + 120
    while (status := job_status(id, settings)) is None or status.is_active:
        assert time.monotonic() < deadline, (settings.home / "logs" / f"download-{id}.log").read_text()
        time.sleep(0.02)
    return status
