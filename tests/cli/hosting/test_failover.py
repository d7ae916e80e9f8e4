"""nginx while web processes end and return: one that is alive answers at once, however many visitors come together."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from benchmarks.site import free_ports
from sota_core.cli.hosting import proxy
from sota_core.cli.hosting.proxy import Front
from tests.cli.hosting.serving import PATIENCE_S, nginx

pytestmark = pytest.mark.skipif(proxy.found() is None, reason="no nginx on this machine (Debian: nginx-light)")


class Web:
    """A stand-in for a web process: upgrades every connection to a websocket and holds it."""

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
                self.held.append(one)  # before the answer, after which a test may count
                one.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")

    def end(self) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.serving.join()
        for one in self.held:
            one.close()


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[range]:
    """The port of nginx, and the two it passes requests on to."""
    first = free_ports(3)
    front = Front(f"127.0.0.1:{first}", (first + 1, first + 2))
    with nginx(front, tmp_path / "nginx", stderr=subprocess.DEVNULL):
        yield range(first, first + 3)


def come(port: int, seat: int) -> str:
    """Ask for a websocket with this seat's cookie; returns the HTTP status."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)) as visitor:
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
        assert come(front, 1) == "503"  # none is alive: nginx sends the page that retries by itself
        second = Web(two)
        assert come(front, 1) == "101"
    finally:
        for web in (first, second):
            with suppress(OSError):
                web.end()
