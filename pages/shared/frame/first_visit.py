"""The first second of a visit: the browser gets the figure first, and the rest of the page when that can be seen.

An element of Streamlit's whose script is not there yet shows no sooner than 0.3 s after the last such element has been
asked for, because React gathers what it reveals; and what comes meanwhile is drawn first. So a page sent all at once
shows its figure only when all of it is there. Here the rest is held back until the browser says that it has painted the
figure (first_visit.js). DECISIONS.md has the numbers.
"""

import time
from pathlib import PurePosixPath

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

from pages.shared.components import files
from pages.shared.runs import queue
from pages.shared.server import come_back
from pages.shared.session import address, cached, site

LEAD_S = 0.12  # for the script of components, which the browser fetches meanwhile
CHART_LEAD_S = 0.2  # for Vega's, seven times as long
HEAD_START_S = 3.0  # the longest wait for the figure: the browser may not say that it is painted, as in a hidden tab
_STEP_S = 0.05

_FIRST = "arrival.is_first"  # is this run the first of its visit?
_component = files.component("sota_first_visit", __file__)
_NO_CHART = {"mark": "point", "data": {"values": []}}


def begins() -> bool:
    """Is this run the first of its visit? To be asked once a run, before the page is drawn."""
    # not without a browser, which would draw nothing; nor for one that comes back, with all scripts and a painted page
    has_browser = bool(st.context.headers.get("User-Agent")) and not come_back.comes_back()
    st.session_state[_FIRST] = _FIRST not in st.session_state and has_browser
    return st.session_state[_FIRST]


def lead() -> None:
    """Before the first page of a visit, give the browser time to fetch the script of components, which it has been sent
    by then (frame.do_chores). Where the page's figure is a chart, draw an empty one, for Vega's script.
    """
    is_first = st.session_state[_FIRST]
    asked = site.BY_ADDRESS.get(PurePosixPath(address.path()).name)
    has_chart = is_first and asked is not None and asked.has_chart
    with st.container(key="arrival"):  # the style gives it no room
        if has_chart:
            st.vega_lite_chart(spec=_NO_CHART, key="arrival.chart")
    if is_first:
        time.sleep(CHART_LEAD_S if has_chart else LEAD_S)


def figure_first() -> None:
    """Wait below the figure, on the first page of a visit, until it has been painted; a press ends the wait."""
    with st.container(key="painted"):  # always, so that what follows keeps its place among the page's parts
        if not st.session_state[_FIRST]:
            return
        _tell_when_painted()
    for _ in range(round(HEAD_START_S / _STEP_S)):
        if _is_a_part_asked_for():
            return
        time.sleep(_STEP_S)
        # Here Streamlit looks whether the visitor wants another page, or all of this one again. Nothing may be sent: a
        # message makes React begin its drawing again, and one every 50 ms would keep a slow browser from finishing.
        st.session_state.get(_FIRST)


@st.fragment  # nothing is drawn when it is run again, so nothing is counted: see trouble.fragment
def _tell_when_painted() -> None:
    _component(key="painted.told", on_painted_change=lambda: None)


def _is_a_part_asked_for() -> bool:
    """Has the browser asked for a fragment of this page, as it does for the one above once the figure is painted?

    Streamlit lets the whole page end before it runs a fragment, and gives a script no other way to hear of one.
    """
    context = get_script_run_ctx()
    requests = context and context.script_requests
    return requests is not None and requests._state is ScriptRequestType.RERUN


def get_ready() -> None:
    """On the first page of a visit, if a run can be started there: the dispatcher imports fastai while one still reads.

    Whoever presses Start is spared these 6 s or so, and as many for drawing the sample (dispatch/early.py).
    """
    if st.session_state[_FIRST] and cached.settings().starts_early:
        queue.have_dispatcher()
