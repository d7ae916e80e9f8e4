"""A page that was drawn to its end is sent to its end, though a part of it is asked for just then.

Streamlit 1.67 draws in a thread, which hands over to the server's loop all that it draws, and last that it has ended. A
part that was asked for when the thread had ended and the loop had not got to all of that had a new thread begun, and
what the old one had handed over was passed over then: the page stayed without its end until it was loaded anew. So it
went with one or two of two hundred visitors who came within ten seconds.
"""

import functools

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import RerunData

SOON_S = 0.005
_by_streamlit = AppSession._create_scriptrunner


def let_it_be_sent() -> None:
    """From now on, for every session of this process."""
    AppSession._create_scriptrunner = _create_scriptrunner  # type: ignore[method-assign]


@functools.wraps(_by_streamlit)
def _create_scriptrunner(session: AppSession, asked: RerunData) -> None:
    """Not before the last one has said that it has ended. On the server's loop."""
    if session._scriptrunner is None:
        _by_streamlit(session, asked)
    else:
        session._event_loop.call_later(SOON_S, _ask_again, session, asked)


def _ask_again(session: AppSession, asked: RerunData) -> None:
    """As AppSession.request_rerun: whoever draws takes it along, where one that has not ended does."""
    if session._state is AppSessionState.SHUTDOWN_REQUESTED:
        return
    if asked.fragment_id and not session.has_fragment(asked.fragment_id):
        return  # another page has come meanwhile
    if session._scriptrunner is None or not session._scriptrunner.request_rerun(asked):
        _create_scriptrunner(session, asked)
