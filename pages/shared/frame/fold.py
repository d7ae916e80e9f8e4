"""A section folded under one sentence, and open where the address leads into it.

What is folded is drawn all the same: it is there to be printed, to be found and to be opened without a wait. What
follows a knob (components/follow.py) is drawn anew once it is opened.
"""

from collections.abc import Iterable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.session import address

_OPEN = "fold.open"


def fold(title: str, says: str, *, holds: Iterable[str] = ()) -> DeltaGenerator:
    """Where the section is drawn. `says`: what it tells, in one sentence that stays as it is while it is open.

    holds  parameters of the address whose controls stand in it: who follows a link to a state of theirs sees it
    """
    # It stays so: a value that goes back to its default leaves the address, and must not close what one looks at.
    opened: set[str] = st.session_state.setdefault(_OPEN, set())
    if title not in opened and any(address.given(name) is not None for name in holds):
        opened.add(title)
    return st.expander(f"**{title}**: {says}", expanded=title in opened)
