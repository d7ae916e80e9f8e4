"""Starts nginx for a test, and hands it over only once it answers: before that it would miss a signal."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import create_connection

from sota_core.cli.hosting import proxy
from sota_core.cli.hosting.proxy import Front

PATIENCE_S = 60.0  # takes milliseconds, unless the machine is very busy


@contextmanager
def nginx(front: Front, folder: Path, **popen: object) -> Iterator[subprocess.Popen]:
    """An nginx that serves; it is ended after the block, unless the test has ended it."""
    process = proxy.start(front, folder, **popen)
    try:
        _until_it_answers(process, int(front.listen.rpartition(":")[2]))
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _until_it_answers(process: subprocess.Popen, port: int) -> None:
    """Send a malformed request, which nginx refuses by itself: it reaches no web process and no log."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with suppress(OSError), create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as wire:
            wire.sendall(b"no request\r\n\r\n")
            if wire.recv(1):
                return
        assert process.poll() is None and time.monotonic() < deadline, "nginx does not answer"
        time.sleep(0.02)
