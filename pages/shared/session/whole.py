"""What a visitor has done is carried out completely, whatever the same browser asks a moment later.

Once the browser has made a new request, Streamlit 1.67 ends the running script where it next sends something or looks
into its session, and it ends a callback there too. So a number typed just before a press was lost: its callback had not
written the address yet, and the page drawn next put the old number back. Here a message of the browser's is processed
completely, with all its callbacks, and so is what a page puts into `done_whole`; the new request is answered right
after.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

import streamlit as st
from streamlit.commands import execution_control
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequest, ScriptRequests
from streamlit.runtime.state.safe_session_state import SafeSessionState

from pages.shared.session.replaced import replaces

_is_at_it: ContextVar[bool] = ContextVar("_is_at_it", default=False)


@contextmanager
def done_whole() -> Iterator[None]:
    """What a page does in the block is not cut off by a newer request. For short steps that make sense only together.

    `st.switch_page`, `st.stop` and `st.rerun` still end it; in place of the last there is `draw_anew`.
    """
    with _set(True):
        yield


def draw_anew() -> NoReturn:  # type: ignore[misc]
    """`st.rerun`; but what the browser has asked for meanwhile, as by its back button, is drawn as it was asked for.

    Streamlit would make one request of the two, with the address of this run.
    """
    context = get_script_run_ctx()
    if context is not None:
        with _set(False):
            context.yield_check()
    st.rerun()


@contextmanager
def _set(value: bool) -> Iterator[None]:
    before = _is_at_it.set(value)
    try:
        yield
    finally:
        _is_at_it.reset(before)


@replaces(SafeSessionState, "on_script_will_rerun")
def _on_script_will_rerun(by_streamlit: Callable[..., None], state: SafeSessionState, *args: Any, **more: Any) -> None:
    with done_whole():
        by_streamlit(state, *args, **more)


@replaces(ScriptRequests, "on_scriptrunner_yield")
def _on_scriptrunner_yield(
    by_streamlit: Callable[..., ScriptRequest | None], requests: ScriptRequests
) -> ScriptRequest | None:
    return None if _is_at_it.get() else by_streamlit(requests)


@replaces(execution_control, "_force_yield_point")
def _force_yield_point(by_streamlit: Callable[[], None]) -> None:
    """End a script that has itself asked for another run or page."""
    with _set(False):
        by_streamlit()
