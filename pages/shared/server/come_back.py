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
    """Has this browser had a session before, here or elsewhere? It names it where it connects again, after protocol
    and token.
    """
    return st.context.headers.get("Sec-WebSocket-Protocol", "").count(",") > 1


def draw_the_page_first() -> None:
    """From now on, for every session of this process: whoever asks a new session for a part of a page gets all of it.

    A browser that was still when it was cut off asks for nothing until a knob is let go, and then for that knob's part.
    A session that has not drawn the page does not know the part, and Streamlit would pass over the request. A server's
    first visitors have asked before this module was there: a part that they ask for is a part.
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

    Streamlit watches them, whatever it says, for a session that is taken up again: a telephone that was asleep, a
    network that was away. Then the path of every module is looked up after the next run, 0.08 s on a busy machine.
    """
    AppSession.register_file_watchers = _register_file_watchers  # type: ignore[method-assign]


@functools.wraps(_watches)
def _register_file_watchers(session: AppSession) -> None:
    if config.get_option("server.fileWatcherType") != "none":
        _watches(session)
