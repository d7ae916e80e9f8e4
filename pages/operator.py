"""What the server does now, for whoever runs it: behind the operator's token, and not in the menu."""

import runpy

import streamlit as st

from pages.parts.operator import now
from pages.shared.frame import technique
from pages.shared.people import teacher
from pages.shared.session import trouble
from sota_core import paths


def page() -> None:
    technique.opening("What this server does now.")
    if not teacher.is_offered():
        st.info("This server has no operator: it was started without SOTA_OPERATOR_TOKEN.", icon=":material/lock:")
        return
    teacher.door()
    if not teacher.is_operator():
        st.info("This page opens with the operator's token.", icon=":material/lock:")
        return
    trouble.fragment(now.draw, run_every=now.EVERY_S)()


if __name__ == "__main__":  # Streamlit has run this file instead of app.py: shared/session/site.py
    runpy.run_path(str(paths.APP))
