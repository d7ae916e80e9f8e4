"""The browser asks for a rerun in the middle of what a press has started: the rest is still done."""

import inspect

import pytest
from streamlit.commands import execution_control
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.testing.v1 import AppTest

from pages.shared.frame import frame
from pages.shared.session import whole

REPLACED = (
    (SafeSessionState, "on_script_will_rerun"),
    (ScriptRequests, "on_scriptrunner_yield"),
    (execution_control, "_force_yield_point"),
)
assert frame.whole is whole  # the frame puts it in force


def script() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

    from pages.shared.session.whole import done_whole, draw_anew

    def ask_anew(query: str = "") -> None:
        context = get_script_run_ctx()
        assert context is not None and context.script_requests is not None
        page = context.page_script_hash if query else ""
        asked = RerunData(query_string=query, page_script_hash=page, is_history_navigation=bool(query))
        context.script_requests.request_rerun(asked)

    def answer() -> None:
        ask_anew()
        st.query_params["half"] = st.session_state.typed
        st.session_state.answered = st.session_state.typed

    state = st.session_state
    state.runs = state.get("runs", 0) + 1
    st.number_input("Typed", 0, 9, key="typed", on_change=answer)
    if st.button("Go on", key="go_on"):
        state.went_on = False
        with done_whole():
            ask_anew()
            state.first = True
            state.second = True
        state.went_on = True
    if st.button("Anew", key="anew"):
        state.past = False
        with done_whole():
            st.rerun()
        state.past = True
    if st.button("Back, and anew", key="back"):
        with done_whole():
            ask_anew("where=before")
            draw_anew()
    if st.button("Only anew", key="only"):
        with done_whole():
            draw_anew()
    context = get_script_run_ctx()
    state.is_back = context is not None and context.is_history_navigation


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(script, default_timeout=240).run()


def test_a_callback_is_done_though_the_browser_asks_meanwhile(app: AppTest) -> None:
    state = app.number_input(key="typed").set_value(5).run().session_state
    assert state.answered == 5 and app.query_params["half"] == "5"


def test_so_is_what_a_page_does_whole_and_then_the_newer_request_is_answered(app: AppTest) -> None:
    state = app.button(key="go_on").click().run().session_state
    assert state.first and state.second
    assert not state.went_on, "the run must end right after it"
    assert state.runs == 3


def test_a_page_that_asks_for_another_run_itself_ends_there(app: AppTest) -> None:
    state = app.button(key="anew").click().run().session_state
    assert not state.past and state.runs == 3


def test_one_that_is_to_be_drawn_anew_is_drawn_where_the_browser_has_gone_meanwhile(app: AppTest) -> None:
    """With `st.rerun` the way back was lost: the page was drawn for another address than the browser's."""
    state = app.button(key="back").click().run().session_state
    assert state.is_back and app.query_params["where"] in ("before", ["before"]) and state.runs == 3
    state = app.button(key="only").click().run().session_state
    assert not state.is_back and state.runs == 5


def test_streamlit_itself_would_end_the_callback_and_the_page(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once Streamlit does not, pages/shared/session/whole.py can be removed."""
    for owner, name in REPLACED:
        monkeypatch.setattr(owner, name, inspect.unwrap(getattr(owner, name)))
    assert "answered" not in app.number_input(key="typed").set_value(5).run().session_state
    assert "second" not in app.button(key="go_on").click().run().session_state
