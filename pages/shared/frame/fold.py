"""A section folded under one sentence, and open where the address leads into it.

What is folded is drawn all the same: it is there to be printed, to be found and to be opened without a wait. What
follows a knob (components/follow.py) is drawn anew once it is opened.
"""

from collections.abc import Iterable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.session import address

_OPEN, _LED = "fold.open", "fold.led"


def fold(title: str, says: str, *, holds: Iterable[str] = ()) -> DeltaGenerator:
    """Where the section is drawn. `says`: what it tells, in one sentence that stays as it is while it is open.

    holds  parameters of the address whose controls stand in it: who follows a link to a state of theirs sees it
    """
    # It stays so: a value that goes back to its default leaves the address, and must not close what one looks at.
    opened: set[str] = st.session_state.setdefault(_OPEN, set())
    led: set[str] = st.session_state.get(_LED, set())
    if title not in opened and any(name in led or address.given(name) is not None for name in holds):
        opened.add(title)
    return st.expander(f"**{title}**: {says}", expanded=title in opened)


def lead_into(names: Iterable[str]) -> None:
    """In a callback that sets these controls: open the folds they stand in. Of what Streamlit binds the address says so
    only once the control is drawn, which is after its fold.
    """
    st.session_state[_LED] = st.session_state.get(_LED, set()) | set(names)
