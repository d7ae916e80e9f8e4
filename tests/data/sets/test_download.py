"""Downloads over HTTP from a local server that hangs up, sends wrong headers, and stalls."""

import errno
import hashlib
import io
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from sota_core.data.sets.sources import Source, ensure
from sota_core.errors import ChecksumError, DownloadError

AT_ONCE = (0.0, 0.0, 0.0)


def tgz(name: str, n_train: int, n_valid: int) -> bytes:
    """A small data set of two classes. Its pictures are noise, so that it does not compress and arrives in many
    chunks.
    """
    rng = np.random.default_rng(0)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for part, n in (("train", n_train), ("val", n_valid)):
            for i in range(n):
                picture = io.BytesIO()
                Image.fromarray(rng.integers(0, 255, (96, 96, 3), dtype=np.uint8)).save(picture, "PNG")
                info = tarfile.TarInfo(f"{name}/{part}/{'ab'[i % 2]}/{i}.png")
                info.size = picture.tell()
                tar.addfile(info, io.BytesIO(picture.getvalue()))
    return out.getvalue()


@dataclass
class Script:
    """What the server does. `cuts` gives for each request the number of bytes after which it hangs up (None: never)."""

    body: bytes
    cuts: list[int | None] = field(default_factory=list)
    ranges: bool = True
    etag: str | None = '"one"'
    status: list[int] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    script: Script

    def do_GET(self) -> None:
        script = self.script
        wanted = self.headers.get("Range")
        script.asked.append(wanted)
        if script.status and (status := script.status.pop(0)) != 200:
            self.send_error(status)
            return
        start = int(wanted[6:-1]) if wanted and script.ranges else 0
        if self.headers.get("If-Range") not in (None, script.etag):
            start = 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(script.body) - 1}/{len(script.body)}")
        if script.etag:
            self.send_header("ETag", script.etag)
        self.send_header("Content-Length", str(len(script.body) - start))
        self.end_headers()
        cut = script.cuts.pop(0) if script.cuts else None
        self.wfile.write(script.body[start : None if cut is None else start + cut])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def body() -> bytes:
    return tgz("noise", 12, 4)


@pytest.fixture
def script(body: bytes) -> Script:
    return Script(body)


@pytest.fixture
def source(script: Script) -> Iterator[Source]:
    handler = type("Handler", (Handler,), {"script": script})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Source(
            id="noise",
            title="Noise",
            about="",
            url=f"http://127.0.0.1:{server.server_port}/noise.tgz",
            size_bytes=len(script.body),
            md5=hashlib.md5(script.body[: 2**20]).hexdigest(),
            n_train=12,
            n_valid=4,
            n_classes=2,
        )
        server.shutdown()
        thread.join()


def test_a_download_reports_its_bytes_and_is_placed_whole(source, settings, script):
    seen = []
    folder = ensure(source, settings, lambda *step: seen.append(step))
    assert folder == settings.data_dir / "noise" and len(list(folder.rglob("*.png"))) == 16
    assert [stage for i, (_, _, stage) in enumerate(seen) if i == 0 or seen[i - 1][2] != stage] == [
        "download",
        "unpack",
    ]
    downloaded = [done for done, _, stage in seen if stage == "download"]
    assert downloaded == sorted(downloaded) and downloaded[-1] == source.size_bytes
    assert ensure(source, settings) == folder and len(script.asked) == 1
    left = sorted(f.name for f in (settings.data_dir / ".sota-lab").iterdir())
    assert left == ["noise.lock"]


def test_a_dropped_connection_goes_on_where_it_stopped(source, settings, script):
    script.cuts = [100_000, 50_000]
    ensure(source, settings, waits=AT_ONCE)
    assert script.asked == [None, "bytes=100000-", "bytes=150000-"]


def test_a_server_without_ranges_is_asked_for_everything_again(source, settings, script):
    script.cuts, script.ranges = [100_000], False
    folder = ensure(source, settings, waits=AT_ONCE)
    assert script.asked == [None, "bytes=100000-"] and len(list(folder.rglob("*.png"))) == 16


def test_a_file_that_changed_meanwhile_is_fetched_anew(source, settings, script):
    script.cuts = [100_000]
    with pytest.raises(DownloadError):
        ensure(source, settings, waits=())
    script.etag = '"two"'
    assert ensure(source, settings).is_dir()


def test_after_four_drops_it_says_what_to_do_and_the_next_call_goes_on(source, settings, script):
    script.cuts = [10_000] * 4
    with pytest.raises(DownloadError, match=r"in 4 tries .* 0\.0 of 0\.4 MB are kept.*goes on from there"):
        ensure(source, settings, waits=AT_ONCE)
    assert len(script.asked) == 4 and not (settings.data_dir / "noise").exists()
    assert ensure(source, settings).is_dir()
    assert script.asked[4:] == ["bytes=40000-"]


def test_a_busy_server_is_asked_again_a_missing_file_is_not(source, settings, script):
    script.status = [503, 200]
    assert ensure(source, settings, waits=AT_ONCE).is_dir() and len(script.asked) == 2
    script.status, script.asked[:] = [404], []
    with pytest.raises(DownloadError, match="answered 404"):
        ensure(replace(source, id="other"), settings, waits=AT_ONCE)
    assert len(script.asked) == 1


def test_no_server_at_all_is_a_download_error(source, settings):
    with pytest.raises(DownloadError, match="could not be downloaded in 2 tries"):
        ensure(replace(source, url="http://127.0.0.1:9/x.tgz"), settings, waits=(0.0,))


def test_another_length_than_announced_is_refused_without_fetching(source, settings, script):
    with pytest.raises(DownloadError, match=f"offers {len(script.body)} bytes where 5 are expected"):
        ensure(replace(source, size_bytes=5), settings, waits=AT_ONCE)
    assert len(script.asked) == 1


def test_a_part_longer_than_the_file_is_thrown_away(source, settings, script):
    work = settings.data_dir / ".sota-lab"
    work.mkdir(parents=True)
    (work / "noise.tgz").write_bytes(b"x" * (len(script.body) + 1))
    assert ensure(source, settings).is_dir() and script.asked == [None]


def test_a_wrong_part_is_found_out_and_the_next_call_succeeds(source, settings, script):
    work = settings.data_dir / ".sota-lab"
    work.mkdir(parents=True)
    (work / "noise.tgz").write_bytes(b"x" * 1000)
    with pytest.raises(ChecksumError, match="checksum differs") as error:
        ensure(source, settings)
    assert error.value.expected == source.md5 and error.value.got != source.md5
    assert ensure(source, settings).is_dir() and script.asked == ["bytes=1000-", None]


def test_two_callers_fetch_once(source, settings, script):
    stages: list[str] = []
    gate = threading.Barrier(2)

    def get() -> None:
        gate.wait()
        ensure(source, settings, lambda done, total, stage: stages.append(stage))

    threads = [threading.Thread(target=get) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(script.asked) == 1 and (settings.data_dir / "noise").is_dir()


@pytest.mark.parametrize(
    "reason",
    [
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        OSError(errno.ENETUNREACH, "Network is unreachable"),
    ],
    ids=["no name", "no way"],
)
def test_without_internet_it_is_said_at_once_in_words(reason, source, settings, monkeypatch):
    asked = []

    def refuse(*_, **__):
        asked.append(1)
        raise urllib.error.URLError(reason)

    monkeypatch.setattr(urllib.request, "urlopen", refuse)  # as a network without a connection does
    with pytest.raises(DownloadError, match="Is this machine connected to the internet") as refused:
        ensure(source, settings, waits=(3600.0,) * 3)
    assert len(asked) == 1 and "Errno" not in str(refused.value)
    assert reason.strerror in str(refused.value) and "127.0.0.1" in str(refused.value)


STOPPED_AT = """
import sys
from pathlib import Path
from sota_core import settings
from sota_core.data.sets.sources import Source, ensure

def stop(done, total, stage):
    if stage == sys.argv[2] and done > 50_000:
        print("here", flush=True)
        sys.stdin.read()

home, url, size, md5 = sys.argv[1], sys.argv[3], int(sys.argv[4]), sys.argv[5]
source = Source("noise", "", "", url, size, md5, 12, 4, n_classes=2)
ensure(source, settings.load({"SOTA_HOME": home + "/home", "SOTA_DATA_DIR": home + "/data"}), stop)
"""


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["download", "unpack"])
def test_killed_at_any_point_the_next_call_succeeds(source, settings, script, tmp_path, stage):
    words = [str(tmp_path), stage, source.url, str(source.size_bytes), source.md5]
    command = [sys.executable, "-c", STOPPED_AT, *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGKILL)
    work = settings.data_dir / ".sota-lab"
    assert not (settings.data_dir / "noise").exists() and (work / "noise.tgz").exists()
    assert (work / "noise.unpacking").exists() == (stage == "unpack")
    folder = ensure(source, settings)
    assert len(list(folder.rglob("*.png"))) == 16 and not (work / "noise.unpacking").exists()
    again = script.asked[1:]
    assert again == [] if stage == "unpack" else (again[0] or "").startswith("bytes=")
