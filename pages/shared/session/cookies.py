"""What a browser brings back on its next visit: small texts that a visit has left there as cookies.

Streamlit only reads them, as the browser sent them with its connection. A script (people/set_cookies.py) sets them when
somebody does something, and at no other time: another tab may have set them otherwise since.
"""

import time
from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

DAY_S = 8 * 3600  # a day at school
YEAR_S = 365 * 24 * 3600
_LEFT = "cookies.left"  # in the session


class Kept(NamedTuple):
    """A cookie's text, "" to take it away, how long it stays, and when it was asked for: each time it is set again."""

    text: str
    seconds: int
    at: float


def told(name: str) -> str:
    """What the browser came with, "" for nothing. Anybody can have written it: to be checked."""
    text = st.context.cookies.get(name, "")
    return text if isinstance(text, str) else ""


def keep(name: str, text: str | None, seconds: int) -> None:
    """Have the browser bring `text` back for so long; None takes it away. Only letters, digits and `-._`."""
    st.session_state[_LEFT] = {**left(), name: Kept(text or "", seconds, time.time())}


def left() -> Mapping[str, Kept]:
    """The cookies that this visit has asked for, by name, in the order first asked for."""
    return st.session_state.get(_LEFT, {})
