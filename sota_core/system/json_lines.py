"""Messages between two processes of ours: JSON objects, one a line, through pipes.

A line that holds none is logged and passed over: one bad line must not end whoever reads it.
"""

import json
import logging
import os
import select
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from sota_core.system.processes import close_stdin

log = logging.getLogger(__name__)


class Reader:
    """The messages that come in at a descriptor, whether or not it blocks.

    is_over  its other end is closed; messages that came before may still be there
    """

    def __init__(self, fd: int) -> None:
        self.fd, self.is_over = fd, False
        self._lines: deque[bytes] = deque()
        self._cut_off = b""

    def next(self, wait_s: float = 0.0) -> dict[str, Any] | None:
        """The next message; None if there is none, although `wait_s` was waited for one, or if it is over."""
        until = time.monotonic() + wait_s
        while True:
            while self._lines:
                if (message := _parsed(self._lines.popleft())) is not None:
                    return message
            if self.is_over or not self._is_ready(until - time.monotonic()):
                return None
            data = os.read(self.fd, 65536)
            self.is_over = not data
            *lines, self._cut_off = (self._cut_off + data).split(b"\n")
            self._lines.extend(lines)

    def _is_ready(self, wait_s: float) -> bool:
        poll = select.poll()  # select refuses descriptors above 1,023
        poll.register(self.fd, select.POLLIN)
        return bool(poll.poll(max(0.0, 1000 * wait_s)))


def write(fd: int, message: Mapping[str, Any]) -> None:
    """Blocks while nobody reads.

    Raises
        BrokenPipeError  the other end is closed.
    """
    left = memoryview(json.dumps(message).encode() + b"\n")
    while left:
        left = left[os.write(fd, left) :]


def take_pipes() -> tuple[int, int]:
    """Our stdin and stdout as they were, for messages alone: what a library prints must not come between them.

    From now on stdin is empty, and what is written to stdout goes to stderr.
    """
    requests, replies = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    close_stdin()
    return requests, replies


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    if isinstance(message, dict):
        return message
    log.warning("not a message, and passed over: %.200r", line)
    return None
