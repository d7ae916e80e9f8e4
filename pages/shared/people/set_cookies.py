"""Sets in the browser what a page asked to be kept there (session/cookies.py), by a script: Streamlit only reads."""

import json

import streamlit as st

from pages.shared.components import files
from pages.shared.session import cookies


def leave() -> None:
    """Call it once per run, last in its container. Each cookie has a script, which the browser runs when it is new."""
    for name, kept in cookies.left().items():
        script = files.element(__file__, {"cookie": json.dumps([name, *kept])})
        st.html(script, unsafe_allow_javascript=True)
