"""One visitor's messages take nothing from the others: no cache, no memory without end, no time of the process."""

import logging
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit import net_util
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.web.server import server_util

from pages.shared.frame import frame  # noqa: F401  puts the bounds in force
from pages.shared.server.bounds import MOST_BYTES, MOST_WIDGETS


class Visitor(AppSession):
    """A session that keeps what it is asked to run; nothing of it is begun."""

    def __init__(self) -> None:
        self.id, self.runs = "a", []
        self._session_state = SimpleNamespace(clear=lambda: pytest.fail("a visitor's own state has gone"))

    def __del__(self) -> None:
        """There is nothing to end."""

    def request_rerun(self, client_state: ClientState | None) -> None:
        self.runs.append(client_state)

    def handle_backmsg_exception(self, e: BaseException) -> None:
        raise e


def test_nobody_clears_what_all_visitors_share() -> None:
    made = []

    @st.cache_resource
    def shared() -> object:
        made.append(1)
        return object()

    first = shared()
    Visitor().handle_backmsg(BackMsg(clear_cache=True))
    assert shared() is first and made == [1]


def asked(n_widgets: int = 0, url: str = "", query: str = "") -> BackMsg:
    message = BackMsg()
    message.rerun_script.query_string = query
    message.rerun_script.context_info.url = url
    for i in range(n_widgets):
        message.rerun_script.widget_states.widgets.add(id=str(i), bool_value=True)
    return message


@pytest.mark.parametrize(
    "message",
    [asked(n_widgets=MOST_WIDGETS + 1), asked(url="x" * MOST_BYTES), asked(query="x" * MOST_BYTES)],
    ids=["widgets", "url", "query"],
)
def test_a_request_that_no_page_makes_is_left_out_and_said_in_the_log(
    message: BackMsg, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = Visitor()
    with caplog.at_level(logging.WARNING):
        visitor.handle_backmsg(message)
    assert visitor.runs == [] and "a request of session a is left out" in caplog.text
    visitor.handle_backmsg(asked(n_widgets=300, url="x" * 8_000, query="x" * 8_000))
    assert len(visitor.runs) == 1


def test_a_foreign_origin_is_refused_without_asking_anybody_for_this_machine_s_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda *_, **__: pytest.fail("somebody was asked"))
    monkeypatch.setattr(net_util, "_external_ip", None)
    assert not server_util.is_url_from_allowed_origins("http://evil.example")
