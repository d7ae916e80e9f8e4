"""The first second of a visit: the browser gets the figure first, and the rest of the page when that can be seen.

A part of Streamlit's whose script is not there yet shows no sooner than 0.3 s after the last such part has been asked
for, because React gathers what it reveals; and what comes meanwhile is drawn first. So a page sent all at once keeps
its figure until all of it is there. DECISIONS.md has the figures.
"""

import time

import streamlit as st

from pages._shared.owner import remember_owner

LEAD_S = 0.12  # for the script of components, which the browser fetches meanwhile
HEAD_START_S = 1.0  # for the figure, on two slow cores
_STEP_S = 0.1

_FIRST = "arrival.is_first"  # is this run the first of its visit?


def lead() -> None:
    """Before every page: a component without a face, so that the script of components is there for the figure."""
    # never without a browser, where nobody draws
    is_first = _FIRST not in st.session_state and bool(st.context.headers.get("User-Agent"))
    st.session_state[_FIRST] = is_first
    with st.container(key="arrival"):  # the style gives it no room
        remember_owner(is_first)
    if is_first:
        time.sleep(LEAD_S)


def figure_first() -> None:
    """Below a page's figure: on the first page of a visit the rest waits, unless something is pressed meanwhile."""
    place = st.empty()
    if st.session_state[_FIRST]:
        for _ in range(round(HEAD_START_S / _STEP_S)):
            time.sleep(_STEP_S)
            place.empty()  # where Streamlit looks whether the visitor wants something else
