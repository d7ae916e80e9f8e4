"""A press that leads to another page counts, whatever the page before it asks a moment later.

A timer, a knob that comes to rest or a section further down asks for its fragment of the page it stands on. Where that
reached Streamlit 1.67 before the other page was begun, as on a busy server, one request was made of the two, with page
and query of the fragment: the press was lost, and nothing said so.

Nor does a press wait until the old page has finished what it computes. (On the same page a newer request waits until
the older one next sends something: `runner.fastReruns` in .streamlit/config.toml.)
"""

import functools

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType

from pages.shared.server import come_back, unheard

_by_streamlit = ScriptRequests.request_rerun
_ask = come_back._request_rerun  # replaces the same method of Streamlit's, which it calls


def let_it_count() -> None:
    """From now on, for every session of this process."""
    ScriptRequests.request_rerun = _request_rerun  # type: ignore[method-assign]
    AppSession.request_rerun = _leave_at_once  # type: ignore[method-assign]


@functools.wraps(_by_streamlit)
def _request_rerun(requests: ScriptRequests, asked: RerunData) -> bool:
    """Ignore a request for a fragment of the page that is being left; True: nobody need ask for it again."""
    if requests._state is ScriptRequestType.RERUN and asked.fragment_id:
        waits = requests._rerun_data
        if not waits.fragment_id_queue and waits.page_script_hash != asked.page_script_hash:
            return True
    return _by_streamlit(requests, asked)


@functools.wraps(_ask)
def _leave_at_once(session: AppSession, asked: ClientState | None) -> None:
    """Let go of the page that is being left: its script ends by itself, and nothing of it is sent any more."""
    unheard.forget_where_one_goes_back(session, asked)
    is_whole_page = asked is not None and not asked.fragment_id
    if is_whole_page and session._scriptrunner is not None and _is_another_page(session, asked.page_script_hash):
        session._scriptrunner.request_stop()
        session._scriptrunner = None
    _ask(session, asked)


def _is_another_page(session: AppSession, page_script_hash: str) -> bool:
    """Is it another page than the one at work? A browser that knows no page's hash yet sends "", which is none."""
    return page_script_hash not in ("", session._pages_manager.current_page_script_hash)
