"""Makes what a hand does one step of the browser's history, whatever Streamlit makes of it (back.js).

And says there, for screen readers and for what the browser writes itself, which language the page is in.
"""

import streamlit as st

from pages.shared.components import files
from pages.shared.session import address, visitor_language
from sota_core import language


def mend() -> None:
    """Once a run. What it changes in the browser it changes once, for as long as the tab shows the app.

    No component: those are fetched when one is first shown, and by then a link from elsewhere has had its second step.
    """
    stepless = " ".join([visitor_language.PARAM, *address.OWN_ENDS])
    script = files.element(__file__, {"lang": language.current(), "stepless": stepless})
    st.html(script, unsafe_allow_javascript=True)
