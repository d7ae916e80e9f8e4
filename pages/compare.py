"""Compare: runs, printed tables and recordings over one another; and the ladder, one technique a rung."""

import runpy

import streamlit as st

from pages.parts.compare.ladder import ladder_view
from pages.parts.compare.picker import segment
from pages.parts.compare.runs import runs_view
from sota_core import paths

RUNS, LADDER = "runs", "ladder"
TITLES = {RUNS: "Runs and tables", LADDER: "The ladder"}


def page() -> None:
    title, views = st.columns((1.6, 1), vertical_alignment="bottom")
    with title:
        st.title("Compare", anchor=False)
    with views, st.container(horizontal=True, horizontal_alignment="right"):
        view = segment("View", (RUNS, LADDER), name="view", words=TITLES.__getitem__)
    if view == LADDER:
        ladder_view()
    else:
        runs_view()


if __name__ == "__main__":  # Streamlit came here before the app: shared/session/site.py
    runpy.run_path(str(paths.APP))
