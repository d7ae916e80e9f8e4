"""Requests written by a stranger, as they come out of nginx: which address counts, and what never reaches the app."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks.site import free_port
from sota_core.cli.hosting import proxy
from sota_core.cli.hosting.proxy import Front
from sota_core.people.origins import SAID_BY_PROXIES, is_passed_on
from tests.cli.hosting.serving import PATIENCE_S, nginx

pytestmark = pytest.mark.skipif(proxy.found() is None, reason="no nginx on this machine (Debian: nginx-light)")

THIS = "127.0.0.1"


class Echo(BaseHTTPRequestHandler):
    """In place of a web process: answers with the path and headers it received."""

    def do_GET(self) -> None:
        body = json.dumps({"path": self.path, "headers": [[k.lower(), v] for k, v in self.headers.items()]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def web() -> Iterator[tuple[int, ...]]:
    servers = [ThreadingHTTPServer((THIS, 0), Echo) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield tuple(server.server_address[1] for server in servers)
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module", params=["first", "second"])
def port(
    request: pytest.FixtureRequest, web: tuple[int, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """nginx as the first server that visitors reach, and as the second, behind an operator's proxy at 127.0.0.0/8."""
    front = Front(f"{THIS}:{free_port()}", web, proxies=("127.0.0.0/8",) if request.param == "second" else ())
    with nginx(front, tmp_path_factory.mktemp("nginx")):
        yield port_of(front)


def port_of(front: Front) -> int:
    return int(front.listen.rpartition(":")[2])


def asked(port: int, line: str, *headers: str) -> tuple[int, dict]:
    """Send a request exactly as written, because no client would send most of these; returns the status and what Echo
    received.
    """
    with socket.create_connection((THIS, port), timeout=PATIENCE_S) as wire:
        wire.sendall("\r\n".join([line, "Host: lab", "Connection: close", *headers, "", ""]).encode("latin-1"))
        head, _, body = wire.recv(65_536).partition(b"\r\n\r\n")
        status = int(head.split()[1]) if head else 0
        if status != 200:  # nginx keeps the connection open after a refusal
            return status, {}
        while data := wire.recv(65_536):
            body += data
    return status, json.loads(body)


def header(reached: dict, name: str) -> list[str]:
    return [value for key, value in reached["headers"] if key == name]


FORGED = (
    ("X-Forwarded-For: 6.6.6.6",),
    ("X-Forwarded-For: 6.6.6.6, 127.0.0.1",),
    ("X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 7.7.7.7"),
    ("x-forwarded-for: 6.6.6.6",),
    ("X_Forwarded_For: 6.6.6.6",),
    ("X-Forwarded-For: unknown", "X-Real-IP: 6.6.6.6", "Forwarded: for=6.6.6.6", "X-Client-IP: 6.6.6.6"),
    (f"X-Forwarded-For: {', '.join(['6.6.6.6'] * 300)}",),
)


@pytest.mark.parametrize("port", ["first"], indirect=True)
@pytest.mark.parametrize("forged", FORGED, ids=range(len(FORGED)))
def test_whatever_a_visitor_says_of_their_address_the_app_hears_the_connections(port: int, forged: tuple[str, ...]):
    status, reached = asked(port, "GET /_stcore/stream HTTP/1.1", *forged, "X-Forwarded-Proto: https")
    assert status == 200 and header(reached, "x-forwarded-for") == [THIS]
    assert header(reached, "x-forwarded-proto") == ["http"]


@pytest.mark.parametrize("port", ["first"], indirect=True)
def test_the_app_hears_of_a_proxy_that_was_not_named_and_of_none_where_there_is_none(port: int):
    """Such a proxy on the same machine: for nginx all its visitors come from 127.0.0.1."""
    for said, expected in ((["X-Forwarded-For: 9.9.9.9"], True), (["X-Real-IP: 9.9.9.9"], True), ([], False)):
        _, reached = asked(port, "GET /_stcore/stream HTTP/1.1", *said)
        assert header(reached, "x-forwarded-for") == [THIS]
        told = [value for name in SAID_BY_PROXIES for value in header(reached, name.lower())]
        assert is_passed_on(told) is expected


@pytest.mark.parametrize("port", ["second"], indirect=True)
@pytest.mark.parametrize(
    ("written", "counted"),
    [
        ("9.9.9.9", "9.9.9.9"),
        ("6.6.6.6, 9.9.9.9", "9.9.9.9"),  # first: written by the visitor; second: added by the trusted proxy
        ("9.9.9.9, 127.0.0.5", "9.9.9.9"),  # two trusted proxies
        ("127.0.0.9, 9.9.9.9", "9.9.9.9"),  # the visitor pretends to be a trusted proxy
        ("6.6.6.6, nonsense", THIS),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_behind_a_trusted_proxy_the_last_hop_that_it_saw_is_counted(port: int, written: str, counted: str):
    _, reached = asked(port, "GET / HTTP/1.1", f"X-Forwarded-For: {written}")
    assert header(reached, "x-forwarded-for") == [counted]


@pytest.mark.parametrize(
    "path",
    ["/_stcore/metrics", "/_stcore/metrics/", "/_stcore/metrics?families=x", "//_stcore//metrics", "/%5fstcore/metrics",
     "/_stcore/%6d%65trics", "/_stcore%2fmetrics", "/_stcore/./metrics", "/x/../_stcore/metrics", "/_stcore/metrics%00",
     "http://lab/_stcore/metrics"],
)  # fmt: skip
@pytest.mark.parametrize("port", ["first"], indirect=True)
def test_the_servers_own_figures_are_refused_however_they_are_written(port: int, path: str):
    assert asked(port, f"GET {path} HTTP/1.1")[0] in (400, 404)


@pytest.mark.parametrize(
    "path", ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/media/../../../etc/passwd", "/\\..\\x\x01"]
)
@pytest.mark.parametrize("port", ["first"], indirect=True)
def test_a_way_out_of_the_root_is_refused_or_another_page(port: int, path: str):
    status, reached = asked(port, f"GET {path} HTTP/1.1")
    assert status == 400 or "root:" not in str(reached)


@pytest.mark.parametrize("port", ["first"], indirect=True)
def test_more_than_the_app_reads_is_refused_before_it_gets_there(port: int):
    largest = (proxy._max_upload_mb() + 1) * 2**20
    assert asked(port, "PUT /_stcore/upload_file/a/b HTTP/1.1", f"Content-Length: {largest + 1}")[0] == 413
    assert asked(port, "GET / HTTP/1.1", f"Cookie: sota_lab={'x' * 40_000}")[0] == 400
    assert asked(port, f"GET /{'x' * 40_000} HTTP/1.1")[0] == 414
    assert asked(port, "GET / HTTP/1.1", "Transfer-Encoding: chunked", "Content-Length: 5")[0] == 400


@pytest.mark.parametrize("port", ["first"], indirect=True)
@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/host-config", "/media/x", "/ready", "/_stcore/x"])
def test_nobody_sends_more_than_a_form_where_nothing_is_uploaded(port: int, path: str):
    assert asked(port, f"POST {path} HTTP/1.1", f"Content-Length: {2**20}")[0] == 413


def test_what_a_visitor_sends_is_kept_in_no_file(web: tuple[int, ...], tmp_path: Path):
    """Six requests of 50 MB that never ended took 300 MB of the disk of SOTA_HOME."""
    front = Front(f"{THIS}:{free_port()}", web)
    with nginx(front, tmp_path):
        wires = []
        for line in ("POST / HTTP/1.1", "PUT /_stcore/upload_file/a/b HTTP/1.1"):
            wires.append(socket.create_connection((THIS, port_of(front)), timeout=PATIENCE_S))
            wires[-1].sendall(f"{line}\r\nHost: lab\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
            wires[-1].sendall(b"100000\r\n" + b"x" * 2**19)  # half of what is announced, after which it waits
            wires[-1].recv(1)  # refused by nginx, or answered by the app, which reads none of it
        assert [path for path in (tmp_path / "body").rglob("*") if path.is_file()] == []
        for wire in wires:
            wire.close()


def test_the_version_of_what_answers_is_told_nobody(web: tuple[int, ...], tmp_path: Path):
    front = Front(f"{THIS}:{free_port()}", web)
    with nginx(front, tmp_path), socket.create_connection((THIS, port_of(front)), timeout=PATIENCE_S) as wire:
        wire.sendall(b"GET /_stcore/metrics HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: wire.recv(65_536), b""))
    assert b"Server: nginx\r\n" in answer and b"nginx/" not in answer
