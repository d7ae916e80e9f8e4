"""Buttons whose press is not lost.

Streamlit tells a script of a press in one run only. If the same browser asks for another run before the script has
come to the button, that run ends where it stands and nobody learns of the press. A callback is called before the script
begins: here it notes the press, and with it what the button was about when it was pressed.
"""

import time
from typing import Any

import streamlit as st

HOLDS_S = 10.0  # who has gone to another page meanwhile is not surprised when they come back
_NOTED = "pressed"


def button(label: str, about: object, *, key: str, why: str = "", **more: Any) -> None:
    """`st.button`; that it was pressed is told by `taken`.

    about  what is to be done, as it is on the screen: a recipe, a run; not None
    why    why it cannot be pressed now, safe for markdown, and said beside it; empty where it can
    """
    # The dict itself goes to the callback: an access to session_state there may end the callback, as it ends a run.
    noted = st.session_state.setdefault(_NOTED, {})
    st.button(label, key=key, on_click=_note, args=(noted, key, about), disabled=bool(why), **more)
    reason(why)


def reason(why: str) -> None:
    """Why the control above cannot be used now; nothing where it can. Its help is no place: a finger never hovers."""
    if why:
        st.markdown(f":gray[:small[{why}]]", width="content")


def taken(key: str) -> Any:
    """What a button was about that has been pressed and not acted on yet; None where there is nothing to do.

    Tells once. Between this and what is then done nothing may be drawn: there the run could be ended.
    """
    at, about = st.session_state.get(_NOTED, {}).pop(key, (float("-inf"), None))
    return about if time.monotonic() - at <= HOLDS_S else None


def _note(noted: dict[str, tuple[float, object]], key: str, about: object) -> None:
    noted[key] = (time.monotonic(), about)
