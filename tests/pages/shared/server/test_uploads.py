"""What a session uploads: accepted only where a page asked for it, within limits, and removed when its visitor
has gone.
"""

import asyncio
import dataclasses
import inspect
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from starlette.exceptions import HTTPException
from starlette.routing import Route
from streamlit import config, runtime
from streamlit.proto.Common_pb2 import FileURLsRequest
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.state import SessionState
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from streamlit.web.server.starlette.starlette_routes import create_upload_routes

from pages.shared.frame import frame
from pages.shared.server import uploads
from sota_core import language
from sota_core.settings import Settings

MB = 2**20
LARGEST, SESSION, PROCESS = 50 * MB, 100 * MB, 400 * MB  # the first two as in .streamlit/config.toml
Send = Callable[..., int]
assert frame.uploads is uploads  # the frame puts it in force


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The sessions that have a browser; tests change the set."""
    return {"ada", "bob"}


@pytest.fixture
def manager(connected: set[str], settings: Settings, monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
    made = MemoryUploadedFileManager("/_stcore/upload_file")
    stands_in = SimpleNamespace(is_active_session=connected.__contains__, uploaded_file_mgr=made)
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: stands_in)
    few = dataclasses.replace(settings, uploads_bytes=PROCESS)
    monkeypatch.setattr(uploads.cached, "settings", lambda: few)
    return made


@pytest.fixture
def send(manager: MemoryUploadedFileManager) -> Send:
    """send(session, id, size): upload a file as a browser does, to Streamlit's own handler; returns the HTTP status."""
    route = create_upload_routes(runtime.get_instance(), manager, None)[0]  # type: ignore[arg-type]
    assert isinstance(route, Route)

    def send(session: str, id: str, size: int = 10, says: int | None = None) -> int:
        part = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\n\r\n'
        body = part + bytes(size) + b"\r\n--x--\r\n"
        token = generate_xsrf_token_string()
        sent = {
            "content-type": "multipart/form-data; boundary=x",
            "content-length": str(len(body) if says is None else says),
            "cookie": f"_streamlit_xsrf={token}",
            "x-xsrftoken": token,
        }
        said: list[int] = []

        async def receive() -> dict:
            return {"type": "http.request", "body": body, "more_body": False}

        async def answer(message: dict) -> None:
            said.append(message.get("status", 0))

        scope = {
            "type": "http",
            "method": "PUT",
            "path": f"/_stcore/upload_file/{session}/{id}",
            "path_params": {"session_id": session, "file_id": id},
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        }
        with ThreadPoolExecutor(1) as thread:  # a browser's driver may have a loop in this one
            thread.submit(lambda: asyncio.run(taken(route, scope, receive, answer))).result()
        return said[0]

    return send


async def taken(route: Route, *asgi: object) -> None:
    """Answer what a handler raises as Starlette does."""
    try:
        await route.handle(*asgi)  # type: ignore[arg-type]
    except HTTPException as refused:
        await asgi[2]({"status": refused.status_code})  # type: ignore[operator]


def asked_for(manager: MemoryUploadedFileManager, session: str = "ada") -> str:
    return manager.get_upload_urls(session, ["a.bin"])[0].file_id


def lies(manager: MemoryUploadedFileManager, session: str, *sizes: int) -> list[str]:
    """Files of these sizes that have been uploaded, without their bytes; returns their ids."""
    made = [str(uuid.uuid4()) for _ in sizes]
    for id, size in zip(made, sizes, strict=True):
        manager.add_file(session, UploadedFileRec(id, "a.bin", "", Pretended(size)))
    return made


class Pretended(bytes):
    def __new__(cls, size: int) -> "Pretended":
        return super().__new__(cls)

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size


def full(manager: MemoryUploadedFileManager, connected: set[str]) -> None:
    """Four sessions of a class hold all that the process may keep."""
    for i in range(4):
        connected.add(f"class {i}")
        lies(manager, f"class {i}", LARGEST, LARGEST)


def held(manager: MemoryUploadedFileManager, session: str = "ada") -> list[str]:
    return list(manager.file_storage.get(session, {}))


def test_a_file_is_taken_once_by_the_id_that_its_session_was_given(
    manager: MemoryUploadedFileManager, send: Send
) -> None:
    mine = asked_for(manager)
    assert send("ada", str(uuid.uuid4())) == 404 and send("bob", mine) == 404
    assert held(manager) == [] and not manager.file_storage.get("bob")
    assert send("ada", mine) == 204 and held(manager) == [mine]
    assert send("ada", mine) == 404
    assert send("nobody", mine) == 400  # Streamlit's own answer for an unknown session


def test_streamlit_itself_takes_what_nobody_asked_for(
    manager: MemoryUploadedFileManager, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once Streamlit does not, much of pages/shared/server/uploads.py can be removed."""
    monkeypatch.setattr(Route, "handle", inspect.unwrap(Route.handle))
    assert send("ada", "any") == 204 and held(manager) == ["any"]


def test_a_session_keeps_the_newest_of_what_it_sends(manager: MemoryUploadedFileManager) -> None:
    assert (uploads.largest(), uploads.of_a_session(), uploads.of_the_process()) == (LARGEST, SESSION, PROCESS)
    zip_, *pictures = lies(manager, "ada", LARGEST, *[10 * MB] * 5)
    assert held(manager) == [zip_, *pictures]
    (newest,) = lies(manager, "ada", 10 * MB)
    assert held(manager) == [*pictures, newest]
    tiny = lies(manager, "ada", *[0] * 40)
    assert held(manager) == tiny[-uploads.FILES :]


def test_a_process_keeps_its_bound_and_lets_those_go_first_whose_visitors_have(
    manager: MemoryUploadedFileManager, send: Send, connected: set[str]
) -> None:
    full(manager, connected)
    mine = asked_for(manager)
    assert send("ada", mine, 100_000) == 413 and held(manager) == []
    connected.remove("class 2")
    assert send("ada", mine, 100_000) == 204 and held(manager) == [mine]  # the id was still valid
    assert [len(held(manager, f"class {i}")) for i in range(4)] == [2, 2, 1, 2]  # no more than needed is removed


def test_what_has_lain_long_makes_room_for_what_comes(
    manager: MemoryUploadedFileManager, send: Send, connected: set[str]
) -> None:
    full(manager, connected)
    ledger = uploads._ledger(manager)
    first = next(iter(ledger.held))
    ledger.held[first] = LARGEST, time.monotonic() - uploads.REST_S - 1
    assert send("ada", asked_for(manager)) == 204 and len(held(manager, "class 0")) == 1


def test_what_is_on_its_way_takes_room(manager: MemoryUploadedFileManager, send: Send) -> None:
    ledger = uploads._ledger(manager)
    ledger.arriving = {("ada", "1"): LARGEST, ("ada", "2"): LARGEST - 1}
    assert send("ada", asked_for(manager)) == 413 and send("bob", asked_for(manager, "bob")) == 204
    ledger.arriving |= {(f"class {i}", "1"): LARGEST for i in range(6)}
    assert send("bob", asked_for(manager, "bob")) == 413
    ledger.arriving.clear()
    assert send("bob", asked_for(manager, "bob"), says=LARGEST + 1) == 413
    assert send("bob", asked_for(manager, "bob"), says=10) in (204, 400) and ledger.arriving == {}


@pytest.mark.parametrize(
    ("spoken", "said"), [("en", "The server has no room"), ("de", "Der Server hat gerade keinen Platz")]
)
def test_an_uploader_hears_that_there_is_no_room_before_it_sends(
    spoken: str, said: str, manager: MemoryUploadedFileManager, connected: set[str]
) -> None:
    state, answers = SessionState(), []
    state["language.spoken"] = spoken
    session = SimpleNamespace(
        id="ada", _uploaded_file_mgr=manager, session_state=state, _enqueue_forward_msg=answers.append
    )
    asked = FileURLsRequest(request_id="7", file_names=["a.png"])
    AppSession._handle_file_urls_request(session, asked)  # type: ignore[arg-type]
    full(manager, connected)
    AppSession._handle_file_urls_request(session, asked)  # type: ignore[arg-type]
    taken, refused = (one.file_urls_response for one in answers)
    assert len(taken.file_urls) == 1 and not taken.error_msg
    assert refused.error_msg.startswith(said) and not refused.file_urls and refused.response_id == "7"
    assert language.current() == language.ENGLISH


@pytest.fixture
def leaves(
    manager: MemoryUploadedFileManager, connected: set[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable]:
    """leaves(then): tell Streamlit that ada's browser has gone, call `then`, and wait until the time to come back is
    over.
    """
    monkeypatch.setattr(config, "get_option", lambda name: 0.05 if "TTL" in name else LARGEST // MB)

    def disconnect(sessions: WebsocketSessionManager, session: str) -> None:
        uploads._disconnect_session(lambda _, gone: connected.discard(gone), sessions, session)

    monkeypatch.setattr(WebsocketSessionManager, "disconnect_session", disconnect)
    sessions = SimpleNamespace(_uploaded_file_mgr=manager, is_active_session=connected.__contains__)

    def leaves(then: Callable[[], object]) -> None:
        async def pass_by() -> None:
            WebsocketSessionManager.disconnect_session(sessions, "ada")  # type: ignore[arg-type]
            assert held(manager), "files must not be removed at once"
            then()
            while uploads._ledger(manager).left:
                await asyncio.sleep(0.01)

        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(asyncio.wait_for(pass_by(), 60))).result()

    yield leaves


def test_a_visitor_s_files_go_when_nobody_can_come_back_for_them(
    manager: MemoryUploadedFileManager, connected: set[str], leaves: Callable
) -> None:
    (mine,) = lies(manager, "ada", MB)
    lies(manager, "bob", MB)
    leaves(lambda: connected.add("ada"))  # reconnects in time
    assert held(manager) == [mine]
    leaves(lambda: None)
    assert held(manager) == [] and len(held(manager, "bob")) == 1
    assert [session for session, _ in uploads._ledger(manager).held] == ["bob"]
