"""A visitor's picture: a file, or one that the camera takes, which is opened only when it is asked for.

It is shown from when it arrives until a picture of the set is chosen: what a hand did last counts.
"""

from typing import Any

import streamlit as st

from pages.shared.session import address
from sota_core.data.pictures.images import UPLOAD_MB, UPLOAD_TYPES
from sota_core.language import tr


def ask(label: str, key: str) -> None:
    """Draw the ways to hand in a picture, and a button that shows it again where another was chosen since."""
    st.file_uploader(label, type=list(UPLOAD_TYPES), max_upload_size=UPLOAD_MB, key=key)
    if st.toggle(tr("{label}: use the camera", label=label), key=f"{key}_camera"):
        st.camera_input(label, key=f"{key}_shot", label_visibility="collapsed")
    found = _given(key)
    if found is not None and not address.shows_own(key, found.file_id):
        again = {key: address.UPLOADED}
        st.button(
            tr("Show it again"), key=f"{key}_again", icon=":material/undo:", on_click=address.write, args=(again,)
        )


def shown(key: str) -> Any:
    """What the visitor has handed in by `ask`, wherever on the page that stands; None where a picture of the set is
    shown."""
    found = _given(key)
    return found if address.own_picture(key, found.file_id if found else None) else None


def aside(key: str) -> dict[str, str | None]:
    """What changes in the address once a picture of the set is chosen."""
    return {key: None}


def put_aside(key: str) -> None:
    """Call it in the callback of a choice of the set's picture, if that does not write the address itself."""
    address.write(aside(key))


def _given(key: str) -> Any:
    """The picture handed in; the camera's counts before a file."""
    shot = st.session_state.get(f"{key}_shot") if st.session_state.get(f"{key}_camera") else None
    return shot or st.session_state.get(key)
