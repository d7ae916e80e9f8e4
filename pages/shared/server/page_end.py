"""A page that was drawn to its end is sent to its end, even if a fragment of it is asked for just then.

Streamlit 1.67 draws in a thread, which hands to the server's loop all that it draws, and finally that it has ended. If
a fragment was asked for when the thread had ended, but the loop had not processed all of that yet, a new thread began,
and the rest of what the old one had handed over was dropped: the page stayed without its end until it was reloaded.
That happened to one or two of two hundred visitors who came within ten seconds.
"""

import functools
from typing import Any
from weakref import WeakKeyDictionary

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner, ScriptRunnerEvent

_by_streamlit = AppSession._create_scriptrunner
_heard = AppSession._handle_scriptrunner_event_on_event_loop
_waiting: WeakKeyDictionary[AppSession, list[RerunData]] = WeakKeyDictionary()  # in the order they were asked for


def let_it_be_sent() -> None:
    """From now on, for every session of this process."""
    AppSession._create_scriptrunner = _create_scriptrunner  # type: ignore[method-assign]
    AppSession._handle_scriptrunner_event_on_event_loop = _handle  # type: ignore[method-assign]


@functools.wraps(_by_streamlit)
def _create_scriptrunner(session: AppSession, asked: RerunData) -> None:
    """Begin to draw at once where nothing is being drawn; else `asked` waits until the thread at work says that it has
    ended. Runs on the server's loop.

    A whole page does not wait: Streamlit lets go of the thread at work before it begins one, and a page replaces all.
    """
    if session._scriptrunner is not None:
        _waiting.setdefault(session, []).append(asked)
        return
    _waiting.pop(session, None)
    _by_streamlit(session, asked)


@functools.wraps(_heard)
def _handle(
    session: AppSession, sender: ScriptRunner | None, event: ScriptRunnerEvent, *more: Any, **named: Any
) -> None:
    _heard(session, sender, event, *more, **named)
    if event is ScriptRunnerEvent.SHUTDOWN and session._scriptrunner is None and session in _waiting:
        try:
            _begin(session, _waiting.pop(session))
        except Exception as error:  # shown on the page, as for what a browser asks for
            session.handle_backmsg_exception(error)


def _begin(session: AppSession, waiting: list[RerunData]) -> None:
    for asked in waiting:
        is_gone = bool(asked.fragment_id) and not session.has_fragment(str(asked.fragment_id))
        if is_gone or session._state is AppSessionState.SHUTDOWN_REQUESTED:
            continue
        if session._scriptrunner is None or not session._scriptrunner.request_rerun(asked):
            _create_scriptrunner(session, asked)
