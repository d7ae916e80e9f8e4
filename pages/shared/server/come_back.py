"""A browser whose web process has ended finds another one by itself; three things Streamlit 1.67 leaves to us then."""

import functools
from weakref import WeakSet

import streamlit as st
from streamlit import config, runtime
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

_asked: WeakSet[AppSession] = WeakSet()  # sessions that have drawn something, or are about to
_by_streamlit = AppSession.request_rerun
_watches = AppSession.register_file_watchers


def comes_back() -> bool:
    """Has this browser had a session before, here or in another process? On connecting again it names that session,
    after protocol and token.
    """
    return st.context.headers.get("Sec-WebSocket-Protocol", "").count(",") > 1


def draw_the_page_first() -> None:
    """From now on, for every session of this process: a new session that is asked for a fragment draws the whole page.

    A browser at rest when it was cut off asks for nothing until a knob is let go, and then for that knob's fragment. A
    session that has not drawn the page does not know the fragment, and Streamlit would ignore the request. A server's
    first visitors have drawn before this module was there: a fragment that they ask for is drawn alone.
    """
    manager = getattr(runtime.get_instance(), "_session_mgr", None) if runtime.exists() else None
    if manager is not None:  # AppTest has none
        _asked.update(one.session for one in manager.list_sessions())
    AppSession.request_rerun = _request_rerun  # type: ignore[method-assign]


@functools.wraps(_by_streamlit)
def _request_rerun(session: AppSession, client_state: ClientState | None) -> None:
    is_first = session not in _asked
    _asked.add(session)
    if is_first and client_state is not None and client_state.fragment_id:
        whole = ClientState()
        whole.CopyFrom(client_state)
        whole.ClearField("fragment_id")
        whole.is_auto_rerun = False
        client_state = whole
    _by_streamlit(session, client_state)


def watch_no_files() -> None:
    """From now on, for every session of this process: files are watched only where the configuration says so.

    Whatever the configuration says, Streamlit watches them for a session that is taken up again, as after a phone's
    sleep or a network's failure. It then looks up the path of every module after the next run: 0.08 s on a busy
    machine.
    """
    AppSession.register_file_watchers = _register_file_watchers  # type: ignore[method-assign]


@functools.wraps(_watches)
def _register_file_watchers(session: AppSession) -> None:
    if config.get_option("server.fileWatcherType") != "none":
        _watches(session)
