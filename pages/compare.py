"""Compare: runs, printed tables and recordings over one another; and the ladder, one technique a rung."""

import runpy

import streamlit as st

from pages.parts.compare.ladder import ladder_view
from pages.parts.compare.runs import runs_view
from pages.shared.session.controls import choice
from sota_core import paths

RUNS, LADDER = "runs", "ladder"
TITLES = {RUNS: "Runs and tables", LADDER: "The ladder"}


def page() -> None:
    title, views = st.columns((1.6, 1), vertical_alignment="bottom")
    with title:
        st.title("Compare", anchor=False)
    with views, st.container(horizontal=True, horizontal_alignment="right"):
        view = choice(
            "View", list(TITLES), RUNS, name="view", key="compare.view", words=TITLES.__getitem__, in_a_row=True
        )
    if view == LADDER:
        ladder_view()
    else:
        runs_view()


if __name__ == "__main__":  # Streamlit came here before the app: shared/session/site.py
    runpy.run_path(str(paths.APP))
