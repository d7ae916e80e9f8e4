"""Compare: runs, printed tables and recordings in the same figures; and the ladder, which adds a technique a rung."""

import runpy

import streamlit as st

from pages.parts.compare.ladder import ladder_view
from pages.parts.compare.runs import runs_view
from pages.shared.session.controls import choice
from sota_core import paths
from sota_core.language import N_, tr

RUNS, LADDER = "runs", "ladder"
TITLES = {RUNS: N_("Runs and tables"), LADDER: N_("The ladder")}


def page() -> None:
    title, views = st.columns((1.6, 1), vertical_alignment="bottom")
    with title:
        st.title(tr("Compare"), anchor=False)
    with views, st.container(horizontal=True, horizontal_alignment="right"):
        view = choice(
            tr("View"),
            list(TITLES),
            RUNS,
            name="view",
            key="compare.view",
            words=lambda view: tr(TITLES[view]),
            in_a_row=True,
        )
    if view == LADDER:
        ladder_view()
    else:
        runs_view()


if __name__ == "__main__":  # Streamlit has run this file instead of app.py: shared/session/site.py
    runpy.run_path(str(paths.APP))
