"""A visitor's picture: a file, or one that the camera takes, which is opened only when it is asked for."""

from typing import Any

import streamlit as st

from sota_core.data.pictures.images import UPLOAD_MB, UPLOAD_TYPES
from sota_core.language import tr


def ask(label: str, key: str) -> Any:
    """Draw the ways to hand one in; what was handed in, or None. The camera's comes before a file."""
    st.file_uploader(label, type=list(UPLOAD_TYPES), max_upload_size=UPLOAD_MB, key=key)
    if st.toggle(tr("{label}: use the camera", label=label), key=f"{key}_camera"):
        st.camera_input(label, key=f"{key}_shot", label_visibility="collapsed")
    return given(key)


def given(key: str) -> Any:
    """What the visitor has handed in by `ask`, wherever on the page that stands."""
    shot = st.session_state.get(f"{key}_shot") if st.session_state.get(f"{key}_camera") else None
    return shot or st.session_state.get(key)
