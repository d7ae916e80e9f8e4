"""What a browser brings back on its next visit: small texts that a visit has left there as cookies.

Streamlit only reads them, and tells those of the visit's beginning. So what has changed since is set anew in every run
(frame/set_cookies.py), which costs one line of a page, and nothing where nothing has changed.
"""

from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

DAY_S = 8 * 3600  # a day at school
YEAR_S = 365 * 24 * 3600
_LEFT = "cookies.left"  # in the session


class Kept(NamedTuple):
    """A cookie's text, "" to take it away, and how long it stays."""

    text: str
    seconds: int


def told(name: str) -> str:
    """What the browser came with, "" for nothing. Anybody can have written it: to be checked."""
    text = st.context.cookies.get(name, "")
    return text if isinstance(text, str) else ""


def keep(name: str, text: str | None, seconds: int) -> None:
    """Have the browser bring `text` back for so long; None takes it away. Letters, digits and `-._` alone."""
    if name in left() or (text or "") != told(name):
        st.session_state[_LEFT] = {**left(), name: Kept(text or "", seconds)}


def left() -> Mapping[str, Kept]:
    """By their names: what this visit has changed."""
    return st.session_state.get(_LEFT, {})
