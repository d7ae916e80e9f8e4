"""What wakes a dispatcher before its time: a submit or a stop, a worker's end, and a signal to end."""

import contextlib
import os
import select
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from sota_core.runs import dispatcher_files


class Bell:
    """What wakes the dispatcher: a named pipe that submits and stops write to, and the ends of its workers."""

    def __init__(self, home: Path) -> None:
        self.home, path = home, dispatcher_files.wake_path(home)
        with contextlib.suppress(FileExistsError):
            os.mkfifo(path, 0o600)
        # Opened for writing too: without any writer, the reading end would always count as ready.
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def ring(self) -> None:
        dispatcher_files.ring(self.home)

    def wait(self, others: list[int], timeout_s: float) -> None:
        # poll, not select, which refuses descriptors above 1,023
        poll = select.poll()
        for fd in (self.fd, *others):
            poll.register(fd, select.POLLIN)
        ready = {fd for fd, _ in poll.poll(timeout_s * 1000)}
        if self.fd in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self.fd, 65536)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)


@contextmanager
def signals(bell: Bell) -> Iterator[threading.Event]:
    """SIGTERM and SIGINT bring an orderly end. Outside the main thread (in tests) no handlers can be set."""
    stopping = threading.Event()

    def on_signal(number: int, frame: object) -> None:
        stopping.set()
        bell.ring()

    if threading.current_thread() is not threading.main_thread():
        yield stopping
        return
    before = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
