"""What visitors send is bounded, and only what was asked for is taken.

Streamlit 1.67 keeps whatever comes to `/_stcore/upload_file/<session>/<any id>` in the memory of its process, whether a
page has an uploader or not: thirty requests of 48 MB made a process grow from 0.3 to 1.7 GB, and the files stay when
the visitor leaves. Here a file is taken only by an id that the session was given for it, once; a session holds the
newest of what it sends, a process as much as SOTA_UPLOADS_MB says. Where there is no room the uploader says so before
anything is sent.
"""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from streamlit import config, runtime
from streamlit.proto.Common_pb2 import FileURLsRequest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFileRec, UploadFileUrlInfo
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager
from streamlit.web.server.starlette.starlette_routes import _ROUTE_UPLOAD_FILE

from pages.shared.session import cached, visitor_language
from pages.shared.session.replaced import replaces
from sota_core.data.pictures.images import MAX_BYTES
from sota_core.language import ENGLISH, tr, use

FILES = 32  # of a session, and ids it may send to: a page has two uploaders with a camera each, for a file at a time
SMALLEST = 2**16  # counted for a file of less: its names and places take memory too
REST_S = 600.0  # so long a file lies before another visitor's may take its place, and so long one may take to arrive
_OTHERS = 5 * MAX_BYTES  # what a session holds beside one file of the largest size, a zip: five of the largest pictures

File = tuple[str, str]  # session and id


class Ledger:
    """The uploads of one server: which ids were given out, how much is on its way, what is held and since when."""

    def __init__(self) -> None:
        self.issued: dict[str, list[str]] = {}
        self.arriving: dict[File, int] = {}
        self.held: OrderedDict[File, tuple[int, float]] = OrderedDict()  # bytes, and when; the oldest first
        self.left: dict[str, float] = {}  # when a session's connection was cut off last
        self.lock = threading.RLock()

    def size(self, session: str | None = None) -> int:
        """Bytes that are on their way or held, of this session or of all."""
        sizes = [*self.arriving.items(), *((file, size) for file, (size, _) in self.held.items())]
        return sum(size for file, size in sizes if session in (None, file[0]))


_ledgers: WeakKeyDictionary[MemoryUploadedFileManager, Ledger] = WeakKeyDictionary()


def drop(sent: Any) -> None:
    """Remove a file that an uploader has handed over and nobody reads again. To be called from a page's script."""
    context = get_script_run_ctx()
    if context is not None:
        context.uploaded_file_mgr.remove_file(context.session_id, sent.file_id)  # type: ignore[attr-defined]


def largest() -> int:
    """Bytes of the largest file Streamlit takes."""
    return int(config.get_option("server.maxUploadSize")) * 2**20


def of_a_session() -> int:
    return largest() + _OTHERS


def of_the_process() -> int:
    return max(cached.settings().uploads_bytes, of_a_session())


def _ledger(manager: MemoryUploadedFileManager) -> Ledger:
    return _ledgers.setdefault(manager, Ledger())


def _is_connected(session: str) -> bool:
    return not runtime.exists() or runtime.get_instance().is_active_session(session)


def _make_room(manager: MemoryUploadedFileManager, wanted: int) -> bool:
    """Is there room for so many bytes? If not, files go whose visitors have left, then those that have lain long."""
    ledger, long_ago = _ledger(manager), time.monotonic() - REST_S
    with ledger.lock:
        missing = ledger.size() + wanted - of_the_process()
        if missing <= 0:
            return True
        left = [file for file in ledger.held if not _is_connected(file[0])]
        rested = [file for file, (_, since) in ledger.held.items() if since < long_ago]
        for file in dict.fromkeys([*left, *rested]):
            missing -= ledger.held[file][0]
            manager.remove_file(*file)
            if missing <= 0:
                return True
    return False


@replaces(MemoryUploadedFileManager, "get_upload_urls")
def _get_upload_urls(
    by_streamlit: Callable[..., list[UploadFileUrlInfo]],
    manager: MemoryUploadedFileManager,
    session_id: str,
    file_names: list[str],
) -> list[UploadFileUrlInfo]:
    made, ledger = by_streamlit(manager, session_id, file_names[:FILES]), _ledger(manager)
    with ledger.lock:
        ledger.issued[session_id] = [*ledger.issued.get(session_id, []), *(one.file_id for one in made)][-FILES:]
    return made


@replaces(MemoryUploadedFileManager, "add_file")
def _add_file(
    by_streamlit: Callable[..., None], manager: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec
) -> None:
    """The newest stays: what a session holds beyond its bound goes, the oldest first."""
    ledger = _ledger(manager)
    with ledger.lock:
        by_streamlit(manager, session_id, file)
        ledger.arriving.pop((session_id, file.file_id), None)
        ledger.held[session_id, file.file_id] = max(len(file.data), SMALLEST), time.monotonic()
        mine = [held for held in ledger.held if held[0] == session_id]
        while len(mine) > 1 and (len(mine) > FILES or ledger.size(session_id) > of_a_session()):
            manager.remove_file(*mine.pop(0))


@replaces(MemoryUploadedFileManager, "remove_file")
def _remove_file(
    by_streamlit: Callable[..., None], manager: MemoryUploadedFileManager, session_id: str, file_id: str
) -> None:
    ledger = _ledger(manager)
    with ledger.lock:
        by_streamlit(manager, session_id, file_id)
        ledger.held.pop((session_id, file_id), None)


@replaces(MemoryUploadedFileManager, "remove_session_files")
def _remove_session_files(
    by_streamlit: Callable[..., None], manager: MemoryUploadedFileManager, session_id: str
) -> None:
    ledger = _ledger(manager)
    with ledger.lock:
        by_streamlit(manager, session_id)
        ledger.issued.pop(session_id, None)
        for file in [held for held in ledger.held if held[0] == session_id]:
            del ledger.held[file]


@replaces(AppSession, "_handle_file_urls_request")
def _file_urls_request(by_streamlit: Callable[..., None], session: AppSession, asked: FileURLsRequest) -> None:
    """A browser asks where to send files, and does not say how large they are: is there room for the largest?"""
    manager = session._uploaded_file_mgr
    if not isinstance(manager, MemoryUploadedFileManager) or _make_room(manager, largest()):
        by_streamlit(session, asked)
        return
    answer = ForwardMsg()
    answer.file_urls_response.response_id = asked.request_id
    with use(visitor_language.of_state(session.session_state) or ENGLISH):
        answer.file_urls_response.error_msg = tr(
            "The server has no room for more files at the moment. Send yours again in ten minutes."
        )
    session._enqueue_forward_msg(answer)


@replaces(Route, "handle")
async def _route(
    by_streamlit: Callable[..., Awaitable[None]], route: Route, scope: Scope, receive: Receive, send: Send
) -> None:
    session, file = scope["path_params"].get("session_id", ""), scope["path_params"].get("file_id", "")
    is_upload = scope["method"] == "PUT" and route.path.endswith(_ROUTE_UPLOAD_FILE)
    if not is_upload or not _is_connected(session):  # Streamlit refuses what is no session of its own
        await by_streamlit(route, scope, receive, send)
        return
    manager = runtime.get_instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)
    refused = _admit(manager, (session, file), _length(scope))
    if refused:
        await PlainTextResponse(*refused)(scope, receive, send)
        return
    try:
        async with asyncio.timeout(REST_S):  # a file on its way reserves room
            await by_streamlit(route, scope, receive, send)
    except TimeoutError:
        await PlainTextResponse("This file took too long", 408)(scope, receive, send)
    finally:
        _ledger(manager).arriving.pop((session, file), None)
        if not _is_connected(session):  # its files may have been removed meanwhile, before this one came
            _forget_later(manager, session)


def _admit(manager: MemoryUploadedFileManager, file: File, size: int) -> tuple[str, int] | None:
    """Why this file is not taken, with HTTP's number for it; None: it may come, and its room is kept."""
    ledger = _ledger(manager)
    with ledger.lock:
        session, id = file
        if id not in ledger.issued.get(session, []):
            return "Nobody has asked for this file", 404
        on_the_way = sum(coming for other, coming in ledger.arriving.items() if other[0] == session)
        if size > largest() or on_the_way + size > of_a_session() or not _make_room(manager, size):
            return "There is no room for this file", 413
        ledger.issued[session].remove(id)
        ledger.arriving[file] = size
    return None


def _length(scope: Scope) -> int:
    """Bytes to reserve: Content-Length, which the server enforces, or SMALLEST if less; without it the largest size."""
    said = dict(scope["headers"]).get(b"content-length", b"")
    return max(int(said), SMALLEST) if said.isdigit() else largest()


@replaces(WebsocketSessionManager, "disconnect_session")
def _disconnect_session(by_streamlit: Callable[..., None], sessions: WebsocketSessionManager, session_id: str) -> None:
    by_streamlit(sessions, session_id)
    manager = sessions._uploaded_file_mgr
    if isinstance(manager, MemoryUploadedFileManager) and not sessions.is_active_session(session_id):
        _forget_later(manager, session_id)


def _forget_later(manager: MemoryUploadedFileManager, session: str) -> None:
    """Remove a session's files once nobody can take it up again. Streamlit itself waits until another session ends."""
    ledger = _ledger(manager)
    ledger.left[session] = at = time.monotonic()

    def forget() -> None:
        if ledger.left.get(session) != at:
            return  # it came back and went again
        del ledger.left[session]
        if not _is_connected(session):
            manager.remove_session_files(session)

    asyncio.get_running_loop().call_later(float(config.get_option("server.disconnectedSessionTTL")), forget)
