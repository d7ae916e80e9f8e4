"""Sets in the browser what a page asked to be kept there (session/cookies.py), by a script: Streamlit only reads."""

import json

import streamlit as st

from pages.shared.components import files
from pages.shared.people.keep_cookie import KEEP
from pages.shared.session import cookies


def leave() -> None:
    """Once a run, behind what stands beside it. A script each, which the browser runs when it comes or is another."""
    for name, kept in cookies.left().items():
        script = files.element(__file__, {"cookie": json.dumps([name, *kept])}, before=KEEP)
        st.html(script, unsafe_allow_javascript=True)
