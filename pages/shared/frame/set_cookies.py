"""Sets in the browser what a page asked to be kept there (session/cookies.py), by a script: Streamlit only reads."""

import json

import streamlit as st

from pages.shared.components import files
from pages.shared.session import cookies


def leave() -> None:
    """Once a run; nothing where nothing has changed since the visit began."""
    if left := cookies.left():
        script = files.element(__file__, {"cookies": json.dumps(left)})
        st.html(script, unsafe_allow_javascript=True)
