"""The first second of a visit: the browser gets the figure first, and the rest of the page when that can be seen.

A part of Streamlit's whose script is not there yet shows no sooner than 0.3 s after the last such part has been asked
for, because React gathers what it reveals; and what comes meanwhile is drawn first. So a page sent all at once keeps
its figure until all of it is there. The browser says when it has painted the figure (first_visit.js). DECISIONS.md has
the figures.
"""

import time
from pathlib import PurePosixPath

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

from pages.shared.components import files
from pages.shared.frame import back, focus, paper, touch
from pages.shared.people import set_cookies
from pages.shared.people.owner import remember_owner
from pages.shared.runs import queue
from pages.shared.server import come_back
from pages.shared.session import address, cached, site

LEAD_S = 0.12  # for the script of components, which the browser fetches meanwhile
CHART_LEAD_S = 0.2  # for Vega's, seven times as long
HEAD_START_S = 3.0  # for the figure where the browser does not say that it has painted it, as in a tab not looked at
_STEP_S = 0.05

_FIRST = "arrival.is_first"  # is this run the first of its visit?
_component = files.component("sota_first_visit", __file__)
_NO_CHART = {"mark": "point", "data": {"values": []}}


def lead() -> None:
    """Draw, before every page, a component that shows nothing: the browser then has the script of components in time.

    Where the page's figure is a chart, an empty chart too, for Vega's script.
    """
    # never without a browser, where nobody draws, nor where one comes back that has all scripts and a painted page
    has_browser = bool(st.context.headers.get("User-Agent")) and not come_back.comes_back()
    is_first = _FIRST not in st.session_state and has_browser
    st.session_state[_FIRST] = is_first
    asked = site.BY_ADDRESS.get(PurePosixPath(address.path()).name)
    has_chart = is_first and asked is not None and asked.has_chart
    with st.container(key="arrival"):  # the style gives it no room
        if has_chart:
            st.vega_lite_chart(spec=_NO_CHART, key="arrival.chart")
        remember_owner(is_first)
        back.mend()
        focus.keep()
        paper.keep_white()
        touch.let_pass()
        set_cookies.leave()
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
        # Where Streamlit looks whether the visitor wants another page or all of this one. Nothing may be sent: a
        # message has React begin anew what it is drawing, and one every 50 ms keeps a slow browser from ending.
        st.session_state.get(_FIRST)


@st.fragment
def _tell_when_painted() -> None:
    _component(key="painted.told", on_painted_change=lambda: None)


def _is_a_part_asked_for() -> bool:
    """Has the browser asked for a part of this page, as it does for the above once the figure is there?

    Streamlit lets the whole page end before it runs a part, and has no other way for a script to be told meanwhile.
    """
    context = get_script_run_ctx()
    requests = context and context.script_requests
    return requests is not None and requests._state is ScriptRequestType.RERUN


def get_ready() -> None:
    """After the first page of a visit where a run can be started: the dispatcher imports fastai while one still reads.

    Some 6 s that whoever presses Start would wait for, and as many to draw the sample (dispatch/early.py).
    """
    if st.session_state[_FIRST] and cached.settings().starts_early:
        queue.have_dispatcher()
