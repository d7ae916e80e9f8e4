"""Downloads in a process of their own, and the status that is reported of them."""

import hashlib
import io
import json
import os
import signal
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from sota_core.data.sets.sources import (
    JobStatus,
    Source,
    get_with_status,
    job_status,
    start_download,
    stop_download,
)
from sota_core.errors import ChecksumError, SourceError
from sota_core.system.processes import birth_of

GET = """
import json, sys
from sota_core import settings
from sota_core.data.sets.sources import Source, get_with_status

def wait(done, total, stage):
    if sys.argv[2:] == [stage]:
        print("here", flush=True)
        sys.stdin.close()
        import threading
        threading.Event().wait()

get_with_status(Source(**json.loads(sys.argv[1])), settings.load(), wait)
print("got it")
"""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(picture, "JPEG")
    with tarfile.open(tmp_path / "set.tgz", "w:gz") as tar:
        for part in ("train", "val"):
            for name in ("a", "b"):
                for i in range(50):
                    info = tarfile.TarInfo(f"set/{part}/{name}/{i}.jpg")
                    info.size = picture.tell()
                    tar.addfile(info, io.BytesIO(picture.getvalue()))
    data = (tmp_path / "set.tgz").read_bytes()
    url = (tmp_path / "set.tgz").as_uri()
    return Source("set", "Set", "", url, len(data), hashlib.md5(data[: 2**20]).hexdigest(), 100, 100, n_classes=2)


def command(source: Source, *words: str) -> list[str]:
    return [sys.executable, "-c", GET, json.dumps(vars(source)), *words]


def until(settings, is_so: Callable[[JobStatus], bool]) -> JobStatus:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        status = job_status("set", settings)
        if status is not None and is_so(status):
            return status
        time.sleep(0.01)
    raise AssertionError(f"still {status} after two minutes")


def test_before_any_download_there_is_no_status(settings):
    assert job_status("imagenette2", settings) is None


def test_an_unknown_id_is_refused_before_a_process_starts(settings):
    with pytest.raises(SourceError, match=r"start_download\('mnist'\): unknown data set; expected one of sample"):
        start_download("mnist", settings)
    assert not settings.home.exists()


def test_progress_goes_to_the_caller_and_into_the_status(settings, source):
    seen: list[tuple[str, JobStatus | None]] = []
    began = time.monotonic()
    folder = get_with_status(
        source, settings, lambda done, total, stage: seen.append((stage, job_status("set", settings)))
    )
    took = time.monotonic() - began
    assert folder == settings.data_dir / "set"
    first = next(status for stage, status in seen if stage == "unpack")
    assert first is not None and first.stage == "unpack" and first.pid == os.getpid() and first.is_active
    assert first.total == source.size_bytes and first.share is not None and 0 < first.share <= 1
    written = {status.updated_at for _, status in seen if status is not None}
    # one write for each of the two stages and their ends, and at most four a second between
    assert len(seen) > 200
    assert len(written) <= 4 + took / 0.25
    end = job_status("set", settings)
    assert end is not None and end.stage == "done" and not end.is_active and end.share == 1


def test_a_failure_is_told_and_raised(settings, source):
    wrong = Source(**(vars(source) | {"md5": "00ff"}))
    with pytest.raises(ChecksumError):
        get_with_status(wrong, settings)
    status = job_status("set", settings)
    assert status is not None and status.stage == "failed" and "checksum differs" in status.message
    get_with_status(source, settings)
    assert (again := job_status("set", settings)) is not None and again.stage == "done"


def test_an_interruption_by_hand_is_told_too(settings, source):
    def interrupt(done: int, total: int | None, stage: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get_with_status(source, settings, interrupt)
    status = job_status("set", settings)
    assert status is not None and status.stage == "failed" and "stopped; try again" in status.message


def test_a_status_of_a_process_that_is_gone_is_interrupted(settings):
    (settings.home / "downloads").mkdir(parents=True)
    gone = {"id": "set", "stage": "download", "done": 3, "total": 9, "pid": 2**22 + 1, "pid_started": 1.0}
    (settings.home / "downloads" / "set.json").write_text(json.dumps(gone))
    status = job_status("set", settings)
    assert status is not None and status.stage == "interrupted" and status.done == 3
    # the pid now belongs to a process with another start time; earlier versions wrote a number of seconds
    for birth in (1.0, "another boot:1", None):
        reused = gone | {"pid": os.getpid(), "pid_started": birth}
        (settings.home / "downloads" / "set.json").write_text(json.dumps(reused))
        assert (status := job_status("set", settings)) is not None and status.stage == "interrupted"
    alive = reused | {"pid_started": birth_of(os.getpid())}
    (settings.home / "downloads" / "set.json").write_text(json.dumps(alive))
    assert (status := job_status("set", settings)) is not None and status.stage == "download"
    # after a power cut; not an object; with a field of another version, as after a rollback
    for text in ("", "[]", "7", json.dumps(alive | {"field_of_another_version": 1}), '{"done": 3}'):
        (settings.home / "downloads" / "set.json").write_text(text)
        assert job_status("set", settings) is None


@pytest.mark.slow
def test_a_download_runs_in_a_process_of_its_own_and_ends_done(settings, source):
    status = start_download("set", settings, command=command(source))
    assert status.is_active or status.stage == "done"
    end = until(settings, lambda status: not status.is_active)
    assert end.stage == "done" and end.pid not in (None, os.getpid())
    assert len(list((settings.data_dir / "set").rglob("*.jpg"))) == 200


@pytest.mark.slow
def test_a_second_start_joins_the_first_and_a_killed_one_can_be_started_again(settings, source):
    start_download("set", settings, command=command(source, "unpack"))
    under_way = until(settings, lambda status: status.stage == "unpack")
    again = start_download("set", settings, command=command(source))
    assert again.pid == under_way.pid and again.stage == "unpack"
    assert under_way.pid is not None
    assert os.getsid(under_way.pid) == under_way.pid  # its own session: closing the server's terminal does not end it
    os.kill(under_way.pid, signal.SIGKILL)
    until(settings, lambda status: status.stage == "interrupted")
    start_download("set", settings, command=command(source))
    assert until(settings, lambda status: not status.is_active).stage == "done"


@pytest.mark.slow
def test_one_that_is_stopped_goes_on_at_the_next_start(settings, source):
    stop_download("set", settings)  # no download is under way
    start_download("set", settings, command=command(source, "unpack"))
    until(settings, lambda status: status.stage == "unpack")
    stop_download("set", settings)
    assert "goes on where it stopped" in until(settings, lambda status: not status.is_active).message
    start_download("set", settings, command=command(source))
    assert until(settings, lambda status: not status.is_active).stage == "done"


@pytest.mark.slow
def test_a_command_that_cannot_run_ends_interrupted_and_leaves_its_words_in_the_log(settings):
    start_download("set", settings, command=[sys.executable, "-c", "raise SystemExit('no such luck')"])
    assert until(settings, lambda status: not status.is_active).stage == "interrupted"
    assert "no such luck" in (settings.home / "logs" / "download-set.log").read_text()
