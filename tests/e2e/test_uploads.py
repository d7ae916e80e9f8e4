"""Uploads that no page asked for are not kept, and a visitor for whose upload there is no room is told so by the
uploader.
"""

import contextlib
import http.client
import uuid
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import FilePayload, Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.e2e.conftest import Server
from tests.e2e.test_camera import file_of

pytestmark = pytest.mark.slow

MB = 2**20


class Stranger:
    """A client that sends the server what a browser sends, and what none would."""

    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc
        with contextlib.closing(http.client.HTTPConnection(self.host)) as asked:
            asked.request("GET", "/_stcore/health")
            self.cookie = str(asked.getresponse().getheader("Set-Cookie")).partition(";")[0]
        protocols = ["streamlit"]
        self._opened = connect(f"ws://{self.host}/_stcore/stream", subprotocols=protocols, max_size=None)  # type: ignore[arg-type]
        self.wire = self._opened.__enter__()
        message = BackMsg()
        message.rerun_script.context_info.url = url
        self.wire.send(message.SerializeToString())
        self.id = self.hear("new_session").new_session.initialize.session_id
        self.hear("script_finished")

    def hear(self, kind: str) -> ForwardMsg:
        while True:
            said = ForwardMsg()
            said.ParseFromString(bytes(self.wire.recv(timeout=60)))  # type: ignore[arg-type]
            if said.WhichOneof("type") == kind:
                return said

    def leave(self) -> None:
        self._opened.__exit__(None, None, None)

    def ask(self) -> str:
        message = BackMsg()
        message.file_urls_request.request_id = "1"
        message.file_urls_request.file_names.append("a.bin")
        self.wire.send(message.SerializeToString())
        return self.hear("file_urls_response").file_urls_response.file_urls[0].file_id

    def put(self, id: str, size: int) -> int:
        head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\n\r\n'
        body = head + bytes(size - 200) + b"\r\n--x--\r\n"
        token = self.cookie.partition("=")[2]
        sent = {"Content-Type": "multipart/form-data; boundary=x", "Cookie": self.cookie, "X-Xsrftoken": token}
        with contextlib.closing(http.client.HTTPConnection(self.host, timeout=60)) as wire:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before everything was sent
                wire.request("PUT", f"/_stcore/upload_file/{self.id}/{id}", body, sent)
            return wire.getresponse().status


@pytest.fixture
def small_server(servers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server with room for 100 MB of uploads, as much as one session may have."""
    monkeypatch.setenv("SOTA_UPLOADS_MB", "60")
    with servers() as start:
        yield start()


def test_a_server_keeps_what_was_asked_for_and_says_when_it_has_no_room(
    small_server: Server, go: Callable[[str], Page]
) -> None:
    page = go(small_server.url + "/mixup")
    process, stranger = psutil.Process(small_server.pid), Stranger(small_server.url)
    before = process.memory_info().rss
    for _ in range(6):
        with contextlib.suppress(ConnectionResetError):
            assert stranger.put(str(uuid.uuid4()), 48 * MB) == 404
    assert process.memory_info().rss - before < 48 * MB
    assert [stranger.put(stranger.ask(), 49 * MB) for _ in range(2)] == [204, 204]

    page.get_by_role("button", name="Use your own").first.click()
    uploader = page.locator("[data-testid=stFileUploader]").first
    picture: FilePayload = file_of(77)
    uploader.locator("input[type=file]").set_input_files(picture)
    expect(uploader).to_contain_text("The server has no room for more files")
    stranger.leave()
    uploader.locator("input[type=file]").set_input_files(picture)
    expect(page.get_by_text("your own").first).to_be_visible()
