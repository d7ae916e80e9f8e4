"""What a page has written into the address counts, also for a request that the browser made before it heard of that.

With each request a browser sends its address, and Streamlit 1.67 takes that for the truth. Somebody who types a number
and presses something a moment later, or while the server is busy, sends the address from before the number: the page
was drawn with the old number, though the address then showed the new one. Here a parameter that has just been written
counts until the browser has heard of it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.query_params import QueryParams

from pages.shared.session.address import FOLLOWED
from pages.shared.session.replaced import replaces
from pages.shared.session.whole import done_whole

HEARD_S = 5.0  # after so long a browser has heard of it: what it sends then is meant

Values = list[str] | None  # of one parameter; None where it is not there


@dataclass
class _Written:
    now: Values
    before: list[Values] = field(default_factory=list)  # its values since the browser last sent its address
    at: float = 0.0


def _written(parameters: QueryParams) -> dict[str, _Written]:
    """What one session has written, by name, that its browser may not have heard of."""
    return parameters.__dict__.setdefault("_sota_written", {})


def _parsed(query: str) -> dict[str, list[str]]:
    return parse_qs(query, keep_blank_values=True)


@replaces(QueryParams, "_send_query_param_msg")
def _send_query_param_msg(by_streamlit: Callable[..., None], parameters: QueryParams) -> None:
    context = get_script_run_ctx()
    before = _parsed(context.query_string) if context else {}
    with done_whole():  # else the page would know of it, and the browser would never be told
        by_streamlit(parameters)
    if context is None:
        return
    now, written = _parsed(context.query_string), _written(parameters)
    for name in before | now:
        if before.get(name) != now.get(name) and not parameters.is_bound(name):
            one = written.setdefault(name, _Written(None))
            one.before.append(before.get(name))
            one.now, one.at = now.get(name), time.monotonic()


@replaces(QueryParams, "populate_from_query_string")
def _populate_from_query_string(
    by_streamlit: Callable[..., None],
    parameters: QueryParams,
    query_string: str,
    valid_script_hashes: set[str] | None = None,
) -> None:
    by_streamlit(parameters, query_string, valid_script_hashes)
    context, written = get_script_run_ctx(), _written(parameters)
    said = _parsed(query_string)
    is_another_page = valid_script_hashes is not None
    if is_another_page or context is None or context.is_history_navigation or FOLLOWED in said:
        written.clear()  # a press, on a link or on Back, means the address it leads to
        return
    long_ago = time.monotonic() - HEARD_S
    for name, one in list(written.items()):
        if one.at < long_ago or said.get(name) not in one.before or said.get(name) == one.now:
            written.pop(name, None)  # the browser has heard of it
        elif one.now is None:
            parameters.discard_param_no_forward_msg(name)
        else:
            parameters.set_with_no_forward_msg(name, one.now if len(one.now) > 1 else one.now[0])
    if written:
        context.query_string = urlencode(parameters._query_params, doseq=True)


@replaces(AppSession, "request_rerun")
def _request_rerun(by_streamlit: Callable[..., None], session: AppSession, asked: ClientState | None) -> None:
    """Notice Back as it comes in: Streamlit makes one request of it and a press soon after, which is not Back."""
    if asked is not None and asked.is_history_navigation:
        _written(session._session_state.query_params).clear()
    by_streamlit(session, asked)
