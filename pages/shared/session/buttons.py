"""Buttons whose press is not lost.

Streamlit tells a script of a press in one run only. If the same browser asks for another run before the script has
come to the button, that run ends where it stands and nobody learns of the press. A callback is called before the script
begins: here it notes the press, and with it what the button was about when it was pressed (shared/session/whole.py).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from pages.shared.session.whole import done_whole

HOLDS_S = 10.0  # an older press is dropped: it must not surprise a visitor who comes back from another page
_NOTED = "pressed"


def button(label: str, about: object, *, key: str, why: str = "", **more: Any) -> None:
    """Draw an `st.button`; `pressed` tells whether it was pressed.

    about  what is to be done, as it is on the screen: a recipe, a run; not None
    why    why it cannot be pressed now, safe for markdown, and said beside it; empty where it can
    """
    st.button(label, key=key, on_click=_note, args=(key, about), disabled=bool(why), **more)
    reason(why)


def reason(why: str) -> None:
    """Say why the control above cannot be used now; nothing where it can. Not in its help: a finger never hovers."""
    if why:
        st.markdown(f":gray[:small[{why}]]", width="content")


@contextmanager
def pressed(key: str) -> Iterator[Any]:
    """Yields what the button was `about` if it was pressed and the press is not handled yet, else None.

    Each press is told once. What is done in the block is not cut off, whatever the browser asks meanwhile.
    """
    with done_whole():
        at, about = st.session_state.get(_NOTED, {}).pop(key, (float("-inf"), None))
        yield about if time.monotonic() - at <= HOLDS_S else None


def waiting(prefix: str) -> list[str]:
    """The keys that begin so of buttons whose press is not handled yet: the page may not draw these any more."""
    return [key for key in st.session_state.get(_NOTED, {}) if key.startswith(prefix)]


def _note(key: str, about: object) -> None:
    st.session_state.setdefault(_NOTED, {})[key] = (time.monotonic(), about)
