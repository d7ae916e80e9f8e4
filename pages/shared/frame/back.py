"""Makes each action of a visitor one step of the browser's history, whatever Streamlit makes of it (back.js).

It also tells the browser which language the page is in, for screen readers and for what the browser writes itself.
"""

import streamlit as st

from pages.shared.components import files
from pages.shared.session import address, visitor_language
from sota_core import language


def mend() -> None:
    """Call it once per run; it acts once, for as long as the tab shows the app.

    Not a component: their script is fetched when the first is shown, and by then a link from elsewhere has made its
    second step.
    """
    stepless = " ".join([visitor_language.PARAM, *address.OWN_ENDS])
    script = files.element(__file__, {"lang": language.current(), "stepless": stepless})
    st.html(script, unsafe_allow_javascript=True)
