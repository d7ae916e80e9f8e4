"""A press that leads to another page counts, whatever the page before it asks a moment later.

A timer, a knob's rest or a section further down asks for its part of the page it stands on. Where that reached
Streamlit 1.67 before the other page was begun, as with a busy server, both were made into one request, and that one
took its page and its query from the part: the press was lost, and nothing said so.
"""

import functools

from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType

_by_streamlit = ScriptRequests.request_rerun


def let_it_count() -> None:
    """From now on, for every session of this process."""
    ScriptRequests.request_rerun = _request_rerun  # type: ignore[method-assign]


@functools.wraps(_by_streamlit)
def _request_rerun(requests: ScriptRequests, asked: RerunData) -> bool:
    """Pass over a part of the page that is being left; True: nobody need ask for it again."""
    if requests._state is ScriptRequestType.RERUN and asked.fragment_id:
        waits = requests._rerun_data
        if not waits.fragment_id_queue and waits.page_script_hash != asked.page_script_hash:
            return True
    return _by_streamlit(requests, asked)
