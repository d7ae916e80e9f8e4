"""Compare: runs, printed tables and recordings over one another; and the ladder, one technique a rung."""

import streamlit as st

from pages._shared.compare_pick import segment
from pages._shared.compare_runs import runs_view
from pages._shared.ladder_view import ladder_view
from sota_core.errors import SotaError
from sota_core.figures import words

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


try:
    page()
except SotaError as error:
    st.error(words.markdown_safe(str(error)), icon=":material/error:")
