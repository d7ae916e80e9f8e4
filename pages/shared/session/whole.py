"""What one hand has done is done whole, whatever the same browser asks a moment later.

Streamlit 1.67 ends a script where it next sends something or looks into its session, once the browser has asked anew,
and it ends a callback there too. So of a number typed and a press that followed the number was lost: its callback had
not written the address yet, and the page drawn next put the number back. Here a message is taken in whole, with all its
callbacks, and so is what a page puts into `done_whole`; who has asked meanwhile is answered right after.
"""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

import streamlit as st
from streamlit.commands import execution_control
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequest, ScriptRequests
from streamlit.runtime.state.safe_session_state import SafeSessionState

_is_at_it: ContextVar[bool] = ContextVar("_is_at_it", default=False)

_take_in = SafeSessionState.on_script_will_rerun
_look = ScriptRequests.on_scriptrunner_yield
_halt = execution_control._force_yield_point


def take_messages_in_whole() -> None:
    """From now on, for every session of this process."""
    SafeSessionState.on_script_will_rerun = _on_script_will_rerun  # type: ignore[method-assign]
    ScriptRequests.on_scriptrunner_yield = _on_scriptrunner_yield  # type: ignore[method-assign]
    execution_control._force_yield_point = _force_yield_point


@contextmanager
def done_whole() -> Iterator[None]:
    """What a page does in here is not broken off by a newer request. For steps that only together make sense: short.

    `st.switch_page`, `st.stop` and `st.rerun` end it all the same; for the last there is `draw_anew`.
    """
    with _set(True):
        yield


def draw_anew() -> NoReturn:  # type: ignore[misc]
    """`st.rerun`; but where the browser has asked for the page meanwhile, as by its back button, it is drawn as asked.

    Streamlit makes one of both requests, and that one would have the address of this run.
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


@functools.wraps(_take_in)
def _on_script_will_rerun(state: SafeSessionState, *args: Any, **more: Any) -> None:
    with done_whole():
        _take_in(state, *args, **more)


@functools.wraps(_look)
def _on_scriptrunner_yield(requests: ScriptRequests) -> ScriptRequest | None:
    return None if _is_at_it.get() else _look(requests)


@functools.wraps(_halt)
def _force_yield_point() -> None:
    """Where a script that has asked for another run, or page, itself is to end."""
    with _set(False):
        _halt()
