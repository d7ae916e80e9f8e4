"""A browser whose web process has ended finds another one by itself; three things Streamlit 1.67 leaves to us then."""

from collections.abc import Callable
from weakref import WeakSet

import streamlit as st
from streamlit import config, runtime
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

from pages.shared.session.replaced import replaces


def _present() -> list[AppSession]:
    """A server's first visitors have drawn before this module was there: a part that they ask for is drawn alone."""
    manager = getattr(runtime.get_instance(), "_session_mgr", None) if runtime.exists() else None
    return [] if manager is None else [one.session for one in manager.list_sessions()]  # AppTest has none


_asked: WeakSet[AppSession] = WeakSet(_present())  # sessions that have drawn something, or are about to


def comes_back() -> bool:
    """Has this browser had a session before, here or in another process? On connecting again it names that session,
    after protocol and token.
    """
    return st.context.headers.get("Sec-WebSocket-Protocol", "").count(",") > 1


@replaces(AppSession, "request_rerun")
def _request_rerun(by_streamlit: Callable[..., None], session: AppSession, client_state: ClientState | None) -> None:
    """A new session that is asked for a fragment draws the whole page.

    A browser at rest when it was cut off asks for nothing until a knob is let go, and then for that knob's fragment. A
    session that has not drawn the page does not know the fragment, and Streamlit would ignore the request.
    """
    is_first = session not in _asked
    _asked.add(session)
    if is_first and client_state is not None and client_state.fragment_id:
        whole = ClientState()
        whole.CopyFrom(client_state)
        whole.ClearField("fragment_id")
        whole.is_auto_rerun = False
        client_state = whole
    by_streamlit(session, client_state)


@replaces(AppSession, "register_file_watchers")
def _register_file_watchers(by_streamlit: Callable[..., None], session: AppSession) -> None:
    """Files are watched only where the configuration says so.

    Whatever the configuration says, Streamlit watches them for a session that is taken up again, as after a phone's
    sleep or a network's failure. It then looks up the path of every module after the next run: 0.08 s on a busy
    machine.
    """
    if config.get_option("server.fileWatcherType") != "none":
        by_streamlit(session)
