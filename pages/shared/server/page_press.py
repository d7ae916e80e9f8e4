"""A press that leads to another page counts, whatever the page before it asks a moment later.

A timer, a knob that comes to rest or a section further down asks for its fragment of the page it stands on. Where that
reached Streamlit 1.67 before the other page was begun, as on a busy server, one request was made of the two, with page
and query of the fragment: the press was lost, and nothing said so.

Nor does a press wait until the old page has finished what it computes. (On the same page a newer request waits until
the older one next sends something: `runner.fastReruns` in .streamlit/config.toml.)
"""

from collections.abc import Callable

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType

from pages.shared.session.replaced import replaces


@replaces(ScriptRequests, "request_rerun")
def _request_rerun(by_streamlit: Callable[..., bool], requests: ScriptRequests, asked: RerunData) -> bool:
    """Ignore a request for a fragment of the page that is being left; True: nobody need ask for it again."""
    if requests._state is ScriptRequestType.RERUN and asked.fragment_id:
        waits = requests._rerun_data
        if not waits.fragment_id_queue and waits.page_script_hash != asked.page_script_hash:
            return True
    return by_streamlit(requests, asked)


@replaces(AppSession, "request_rerun")
def _leave_at_once(by_streamlit: Callable[..., None], session: AppSession, asked: ClientState | None) -> None:
    """Let go of the page that is being left: its script ends by itself, and nothing of it is sent any more."""
    is_whole_page = asked is not None and not asked.fragment_id
    if is_whole_page and session._scriptrunner is not None and _is_another_page(session, asked.page_script_hash):
        session._scriptrunner.request_stop()
        session._scriptrunner = None
    by_streamlit(session, asked)


def _is_another_page(session: AppSession, page_script_hash: str) -> bool:
    """Is it another page than the one at work? A browser that knows no page's hash yet sends "", which is none."""
    return page_script_hash not in ("", session._pages_manager.current_page_script_hash)
