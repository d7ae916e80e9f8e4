"""nginx as a test starts it: used only once it answers, for only then does it hear a signal."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import create_connection

from sota_core.cli.hosting import proxy
from sota_core.cli.hosting.proxy import Front

PATIENCE_S = 60.0  # for what takes milliseconds, on a machine that may be very busy


@contextmanager
def nginx(front: Front, folder: Path, **popen: object) -> Iterator[subprocess.Popen]:
    """It serves; it is ended afterwards, if it has not been."""
    process = proxy.start(front, folder, **popen)
    try:
        _until_it_answers(process, int(front.listen.rpartition(":")[2]))
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _until_it_answers(process: subprocess.Popen, port: int) -> None:
    """By a request that it refuses by itself: no web process hears of it, and no log."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with suppress(OSError), create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as wire:
            wire.sendall(b"no request\r\n\r\n")
            if wire.recv(1):
                return
        assert process.poll() is None and time.monotonic() < deadline, "nginx does not answer"
        time.sleep(0.02)
