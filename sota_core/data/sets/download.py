"""Download a URL into a file, going on where an earlier try stopped, and verify what came.

Not here: what is inside the file (unpack.py), which folder, and keeping two callers apart (fetching.py).
"""

import errno
import hashlib
import http.client
import re
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from sota_core.data import Progress
from sota_core.data.sets.catalog import Source
from sota_core.errors import ChecksumError, DownloadError
from sota_core.later import later, told_by
from sota_core.system.files import discard

WAITS_S = (1.0, 4.0, 16.0)  # before the second, third and fourth try
TIMEOUT_S = 30.0
CHUNK_BYTES = 1 << 18
FIRST_BYTES = 1 << 20  # fastai's checksum covers these
_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}
RETRIED = {408, 425, 429, 500, 502, 503, 504}


class _Dropped(Exception):
    """This try ended early; another may go through.

    is_offline  the server could not even be looked for: no internet here
    """

    def __init__(self, text: str, *, is_offline: bool = False) -> None:
        super().__init__(text)
        self.is_offline = is_offline


def download(source: Source, file: Path, on_progress: Progress, waits: Sequence[float] = WAITS_S) -> None:
    """Fetch source.url into file, appending to what is there. Blocking; tries 1 + len(waits) times.

    A server that knows no ranges, or whose file has changed since (its ETag tells), starts anew. The file
    may be wrong until `verify` has passed it. Proxies are those of the environment.

    Raises
        DownloadError  refused by the server, or dropped each time; what came is kept for the next call.
    """
    last = ""
    for wait in (0.0, *waits):
        time.sleep(wait)
        try:
            return _try(source, file, on_progress)
        except _Dropped as error:
            if error.is_offline and not last:  # no network from the start: to wait would only look like progress
                raise DownloadError(
                    later(
                        "ensure('{id}'): {host} cannot be reached ({error}). Is this machine connected to the "
                        "internet? Connect it and try again, or use the sample set, which needs no network",
                        id=source.id,
                        host=urllib.parse.urlsplit(source.url or "").hostname or "",
                        error=told_by(error),
                    )
                ) from error
            last = told_by(error)
    kept = file.stat().st_size if file.exists() else 0
    raise DownloadError(
        later(
            "ensure('{id}'): {url} could not be downloaded in {tries} tries ({last}); {kept} of {total} MB are "
            "kept. Check the network and try again: it goes on from there",
            id=source.id,
            url=source.url or "",
            tries=1 + len(waits),
            last=last,
            kept=kept / 1e6,
            total=source.size_bytes / 1e6,
        )
    )


def verify(source: Source, file: Path, on_progress: Progress) -> None:
    """Compare a downloaded file with what its publisher announced; a wrong one is removed.

    Raises
        ChecksumError  size or checksum differ.
    """
    size = file.stat().st_size
    if size != source.size_bytes:
        discard(file)
        raise _differs(source, later("{n} bytes", n=str(source.size_bytes)), later("{n} bytes", n=str(size)))
    first, whole = hashlib.md5(usedforsecurity=False), hashlib.md5(usedforsecurity=False)
    done = 0
    with file.open("rb") as stream:
        while chunk := stream.read(FIRST_BYTES):
            if done == 0:
                first.update(chunk)
            if source.whole_md5 is None:
                break
            whole.update(chunk)
            done += len(chunk)
            on_progress(done, size, "verify")
    for expected, got in ((source.md5, first.hexdigest()), (source.whole_md5, whole.hexdigest())):
        if expected is not None and expected != got:
            discard(file)
            raise _differs(source, expected, got)


def _differs(source: Source, expected: str, got: str) -> ChecksumError:
    return ChecksumError(
        later(
            "ensure('{id}'): checksum differs (expected {expected}, got {got}); the downloaded file was removed, try "
            "again",
            id=source.id,
            expected=expected,
            got=got,
        ),
        expected=expected,
        got=got,
    )


def etag_file(file: Path) -> Path:
    """Where the ETag of a partly downloaded file is kept."""
    return file.with_name(file.name + ".etag")


def _try(source: Source, file: Path, on_progress: Progress) -> None:
    have = file.stat().st_size if file.exists() else 0
    if have > source.size_bytes:
        discard(file)
        have = 0
    if have == source.size_bytes:
        return
    with _open(source, file, have) as response:
        have = _start(source, file, response, have)
        with file.open("ab" if have else "wb") as out:
            while have < source.size_bytes:
                try:
                    chunk = response.read1(min(CHUNK_BYTES, source.size_bytes - have))
                except (OSError, http.client.HTTPException) as error:
                    raise _Dropped(later("{error} after {n} bytes", error=type(error).__name__, n=str(have))) from error
                if not chunk:
                    raise _Dropped(later("the connection ended after {n} bytes", n=str(have)))
                out.write(chunk)
                have += len(chunk)
                on_progress(have, source.size_bytes, "download")


def _open(source: Source, file: Path, have: int) -> http.client.HTTPResponse:
    assert source.url is not None, f"{source.id} is drawn, not downloaded"
    request = urllib.request.Request(source.url, headers={"User-Agent": "sota-lab"})
    if have:
        request.add_header("Range", f"bytes={have}-")
        if etag_file(file).exists():
            request.add_header("If-Range", etag_file(file).read_text())
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # our part is not a part of the server's file
            discard(file)
            raise _Dropped(later("the server's file is shorter than the part we already have")) from error
        if error.code in RETRIED:
            raise _Dropped(later("the server answered {status}", status=f"{error.code} {error.reason}")) from error
        raise DownloadError(
            later(
                "ensure('{id}'): {url} answered {status}; trying again is unlikely to help: ask whoever runs "
                "that server, or use another data set",
                id=source.id,
                url=source.url or "",
                status=f"{error.code} {error.reason}",
            )
        ) from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        told = getattr(reason, "strerror", None) or str(reason) or type(error).__name__
        is_offline = isinstance(reason, socket.gaierror) or getattr(reason, "errno", None) in _NO_WAY
        raise _Dropped(told, is_offline=is_offline) from error


def _start(source: Source, file: Path, response: http.client.HTTPResponse, have: int) -> int:
    """From which byte the answer goes on: `have` if the server continues, 0 if it sends everything."""
    if response.status == 206:
        sent = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if sent is None or int(sent[1]) != have:
            discard(file)
            raise _Dropped(later("the server sent another range than requested"))
        length = sent[2]
    else:
        have = 0
        length = response.headers.get("Content-Length", "*")
    if length not in ("*", str(source.size_bytes)):
        discard(file)
        raise DownloadError(
            later(
                "ensure('{id}'): {url} offers {offered} bytes where {expected} are expected; the publisher may "
                "have changed the file, or something in between answers in its place (a log-in page?)",
                id=source.id,
                url=source.url or "",
                offered=length,
                expected=str(source.size_bytes),
            )
        )
    tag = response.headers.get("ETag", "")
    if tag.startswith('"'):  # a weak tag (W/"…") must not be used with If-Range
        etag_file(file).write_text(tag)
    elif have == 0:
        discard(etag_file(file))
    return have
