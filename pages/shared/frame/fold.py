"""A section folded under one sentence, and open where the address leads into it.

What is folded is drawn all the same, so that it can be printed, found by a search, and opened without a wait. A section
that follows a knob (components/follow.py) is redrawn once it is opened.
"""

from collections.abc import Iterable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.session import address

_OPEN, _LED = "fold.open", "fold.led"


def fold(title: str, says: str, *, holds: Iterable[str] = ()) -> DeltaGenerator:
    """The container to draw the section in. `says`: what it tells, one sentence that does not change while it is open.

    holds  parameters of the address whose controls stand in it: a link that sets one of them opens the fold
    """
    return st.expander(f"**{title}**: {says}", expanded=is_led_into(holds))


def is_led_into(holds: Iterable[str]) -> bool:
    """Does the address set one of these controls, or has it in this visit? Then the fold they stand in is open."""
    # It stays open: a value that goes back to its default leaves the address, and must not close what one looks at. Nor
    # must a change of language: so a fold is known by what it holds, and not by its title.
    held, opened = frozenset(holds), st.session_state.setdefault(_OPEN, set())
    led: set[str] = st.session_state.get(_LED, set())
    if held not in opened and any(name in led or address.given(name) is not None for name in held):
        opened.add(held)
    return held in opened


def lead_into(names: Iterable[str]) -> None:
    """Call it in a callback that sets these controls: opens the folds they stand in. The address names a control that
    Streamlit binds only once it is drawn, which is after its fold.
    """
    st.session_state[_LED] = st.session_state.get(_LED, set()) | set(names)
