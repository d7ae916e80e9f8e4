"""A browser that was cut off: the new session in another process answers its request and does not make it wait."""

from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit import config
from streamlit.proto.ClientState_pb2 import ClientState

from pages.shared.frame import first_visit
from pages.shared.server import come_back

AGENT = {"User-Agent": "Mozilla/5.0"}


class Session:
    """A stand-in for Streamlit's session, which accepts requests only within its server."""


def test_the_first_thing_a_session_is_asked_for_is_a_whole_page() -> None:
    asked: list[ClientState | None] = []  # what reaches Streamlit's own code

    def ask(session: Session, state: ClientState | None) -> None:
        come_back._request_rerun(lambda _, passed: asked.append(passed), session, state)  # type: ignore[arg-type]

    session, part = Session(), ClientState(query_string="lam=0.3", fragment_id="abc", page_script_hash="mixup")
    part.widget_states.widgets.add(id="lam").double_value = 0.3
    ask(session, part)
    whole = ClientState()
    whole.CopyFrom(part)
    whole.fragment_id = ""
    assert asked == [whole] and part.fragment_id == "abc"
    ask(session, part)
    assert asked[1] == part  # the page has been drawn by now
    ask(Session(), None)
    assert asked[2] is None


@pytest.mark.parametrize(("asked_for", "n"), [("none", 0), ("auto", 1)])
def test_a_session_that_is_taken_up_again_watches_files_only_where_it_shall(
    asked_for: str, n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    watching: list[object] = []
    monkeypatch.setattr(config, "get_option", {"server.fileWatcherType": asked_for}.get)
    come_back._register_file_watchers(watching.append, Session())  # type: ignore[arg-type]
    assert len(watching) == n


@pytest.mark.parametrize(
    ("protocols", "waits"),
    [("streamlit, PLACEHOLDER_AUTH_TOKEN", True), ("streamlit, PLACEHOLDER_AUTH_TOKEN, 4711-a", False), ("", True)],
)
def test_only_a_first_visit_waits_for_its_figure(protocols: str, waits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    headers = AGENT | ({"Sec-WebSocket-Protocol": protocols} if protocols else {})
    monkeypatch.setattr(st, "context", SimpleNamespace(headers=headers, url="http://lab/mixup", cookies={}))
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(first_visit.time, "sleep", waited.append)
    first_visit.begins()
    first_visit.lead()
    first_visit.figure_first()
    assert bool(waited) == waits
