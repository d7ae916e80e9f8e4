"""nginx when web processes end and come back: whoever is alive answers at once, however many come together."""

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from benchmarks.site import free_ports
from sota_core.cli.hosting import proxy
from sota_core.cli.hosting.proxy import Front, start

pytestmark = pytest.mark.skipif(proxy.found() is None, reason="no nginx on this machine (Debian: nginx-light)")


class Web:
    """Stands in for a web process: switches every connection to a websocket, and holds it."""

    def __init__(self, port: int) -> None:
        self.held: list[socket.socket] = []
        self.listening = socket.create_server(("127.0.0.1", port), backlog=64)
        self.serving = threading.Thread(target=self._serve)
        self.serving.start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                one, _ = self.listening.accept()
                one.recv(65_536)
                self.held.append(one)  # before the answer: whoever has read that may count
                one.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")

    def end(self) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.serving.join()
        for one in self.held:
            one.close()


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[range]:
    """nginx's, and two that it passes on to."""
    first = free_ports(3)
    nginx = start(Front(f"127.0.0.1:{first}", (first + 1, first + 2)), tmp_path / "nginx", stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while not is_open(first) and time.monotonic() < deadline:
        time.sleep(0.02)
    yield range(first, first + 3)
    nginx.terminate()
    nginx.wait(10)


def is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True


def come(port: int, seat: int) -> str:
    """Ask for a websocket with this seat's cookie: the status line's number."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as visitor:
        visitor.sendall(
            b"GET /_stcore/stream HTTP/1.1\r\nHost: lab\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Cookie: sota_seat=%d\r\n\r\n" % seat
        )
        return visitor.recv(65_536).split()[1].decode()


def test_one_that_ended_and_came_back_takes_all_the_visitors_of_the_next_that_ends(ports: range):
    front, one, two = ports
    first, second = Web(one), Web(two)
    try:
        assert [come(front, 1), come(front, 2)] == ["101", "101"]
        first.end()
        assert [come(front, 1) for _ in range(3)] == ["101"] * 3 and len(second.held) == 4
        first = Web(one)
        second.end()
        assert [come(front, seat) for seat in (2, 1, 2, 1, 1)] == ["101"] * 5 and len(first.held) == 5
        first.end()
        assert come(front, 1) == "503"  # nobody is left: the page that tries again by itself
        second = Web(two)
        assert come(front, 1) == "101"
    finally:
        for web in (first, second):
            with suppress(OSError):
                web.end()
