"""A page that was drawn to its end is sent to its end, even if a fragment of it is asked for just then.

Streamlit 1.67 draws in a thread, which hands to the server's loop all that it draws, and finally that it has ended. If
a fragment was asked for when the thread had ended, but the loop had not processed all of that yet, a new thread began,
and the rest of what the old one had handed over was dropped: the page stayed without its end until it was reloaded.
That happened to one or two of two hundred visitors who came within ten seconds.
"""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner, ScriptRunnerEvent

from pages.shared.session.replaced import replaces

_waiting: WeakKeyDictionary[AppSession, list[RerunData]] = WeakKeyDictionary()  # in the order they were asked for


@replaces(AppSession, "_create_scriptrunner")
def _create_scriptrunner(by_streamlit: Callable[..., None], session: AppSession, asked: RerunData) -> None:
    """Begin to draw at once where nothing is being drawn; else `asked` waits until the thread at work says that it has
    ended. Runs on the server's loop.

    A whole page does not wait: Streamlit lets go of the thread at work before it begins one, and a page replaces all.
    """
    if session._scriptrunner is not None:
        _waiting.setdefault(session, []).append(asked)
        return
    _waiting.pop(session, None)
    by_streamlit(session, asked)


@replaces(AppSession, "_handle_scriptrunner_event_on_event_loop")
def _handle(
    by_streamlit: Callable[..., None],
    session: AppSession,
    sender: ScriptRunner | None,
    event: ScriptRunnerEvent,
    *more: Any,
    **named: Any,
) -> None:
    by_streamlit(session, sender, event, *more, **named)
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
            session._create_scriptrunner(asked)
