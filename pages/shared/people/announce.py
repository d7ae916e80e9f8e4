"""A live region: words that a screen reader says when they change by themselves (announce.js); nothing is seen."""

import streamlit as st

from pages.shared.components import files

_component = files.component("sota_announce", __file__)
_FIRST = "announce.first"  # in the session: what it is about → what was there when the visitor came


def announce(words: str, *, of: str, key: str) -> None:
    """Draw it in every run. `of`: what it is about; what was there when one came is no news and is not said.

    The session knows what that was. The browser does not: it may get to draw this only after the words have changed.
    """
    first = st.session_state.setdefault(_FIRST, {}).setdefault(of, words)
    _component(key=f"unseen.{key}", data={"of": of, "words": "" if words == first else words})
