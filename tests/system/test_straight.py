"""Requests to this machine itself bypass the proxy that the environment names for everything else."""

import asyncio
import http.server
import socketserver
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import websockets

from benchmarks.site import free_port
from pages.shared.server import warm
from sota_core.cli.hosting import readiness, watch
from sota_core.runs.dispatch import deployment
from sota_core.system import straight


class Web(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"active_sessions 7\n")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a web process, in an environment whose proxy does not exist."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_health_check_the_operator_s_page_and_the_warm_up_ask_no_proxy(url: str):
    assert readiness._web(url) == readiness.Part("web", True, "answers")
    assert deployment._sessions(url) == 7 and warm.wait_for(url, 60.0)
    with pytest.raises((websockets.InvalidStatus, websockets.InvalidMessage)):  # reached, but it is no Streamlit
        ThreadPoolExecutor(1).submit(
            asyncio.run, warm.visit(url, "train")
        ).result()  # browser tests keep an event loop in this thread


class NoWeb(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.recv(1024)
        self.request.sendall(b"SSH-2.0-none\r\n")


def test_an_answer_that_is_not_http_is_no_answer(url: str):
    with socketserver.TCPServer(("127.0.0.1", 0), NoWeb) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        where = f"http://127.0.0.1:{server.server_address[1]}"
        with pytest.raises(OSError, match="no HTTP"):
            straight.opened(where, timeout=5)
        assert not watch.answers(where) and not readiness._web(where).is_ready
        server.shutdown()


def test_what_does_not_answer_or_is_no_url_is_told(url: str):
    with pytest.raises(OSError):
        straight.opened(f"http://127.0.0.1:{free_port()}/", timeout=5)
    with pytest.raises(ValueError):
        straight.opened("no url", timeout=5)
    assert not readiness._web("no url").is_ready and not readiness._web("http://127.0.0.1:85x").is_ready
