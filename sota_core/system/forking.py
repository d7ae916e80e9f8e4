"""A process that forks others on request: JSON lines come in on one descriptor, replies go out on a second one.

Its children share, in the same memory, what it has imported and looked up by then. It has only one thread: any other
would not survive a fork, and what that had locked would stay locked in the child.
"""

import os
import selectors
import signal
from collections.abc import Callable
from typing import Any

from sota_core.system import json_lines
from sota_core.system.processes import has_ended


class Forking:
    """Serves until `requests` is closed at its other end; its children then go on without it.

    children  pid → what `ended` is given for that child
    fork      stands in for os.fork in tests
    """

    def __init__(self, requests: int, replies: int, fork: Callable[[], int] = os.fork) -> None:
        self.requests, self.replies, self.fork = json_lines.Reader(requests), replies, fork
        self.children: dict[int, Any] = {}
        self.inherited: tuple[int, ...] = ()

    def asked(self, request: dict[str, Any]) -> None:
        """Called for each request that has come."""
        raise NotImplementedError

    def ended(self, child: Any, pid: int, code: int) -> None:
        """Called when a child has ended; a negative code is the signal that ended it."""
        raise NotImplementedError

    def before_reaping(self, pid: int) -> None:
        """Called when a child has ended, while no other process can have its pid yet."""

    def serve(self) -> None:
        woken, wakes = os.pipe()
        for fd in (woken, wakes):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.inherited = (self.requests.fd, self.replies, woken, wakes)
        with selectors.DefaultSelector() as selector:
            selector.register(self.requests.fd, selectors.EVENT_READ)
            selector.register(woken, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select()}
                if woken in ready:
                    os.read(woken, 4096)
                self.reap()
                while (request := self.requests.next()) is not None:
                    self.asked(request)
                if self.requests.is_over:
                    return

    def leave(self) -> None:
        """Called in a child: undo what its parent had set up to serve."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for fd in self.inherited:
            os.close(fd)

    def reap(self) -> None:
        for pid in list(self.children):
            if has_ended(pid):
                self.before_reaping(pid)
                _, status = os.waitpid(pid, 0)
                self.ended(self.children.pop(pid), pid, os.waitstatus_to_exitcode(status))

    def reply(self, message: dict[str, Any]) -> None:
        try:
            json_lines.write(self.replies, message)
        except BrokenPipeError:
            pass  # nobody asks any more: reading the requests will say so
