"""The latest runs of everybody, on one scale: each name leads to its run."""

import time

import streamlit as st

from pages.shared.components import charts
from pages.shared.runs import queue
from pages.shared.runs.start import name_of, state_words, traits_of
from pages.shared.session import cached, site
from sota_core import words
from sota_core.analysis.result import reached
from sota_core.figures import palette
from sota_core.figures.runs.latest import Result, strip
from sota_core.language import tr
from sota_core.runs.run import Run
from sota_core.runs.states import State


def latest(n: int) -> None:
    runs = cached.latest_runs(cached.settings().db_url, n)
    st.header(tr("Latest runs"), anchor=False)
    if not runs:
        st.markdown(f":gray[{tr('None yet. Your first run appears here as soon as it starts.')}]")
        return
    queue.look_after(runs)
    names, scale = st.columns((1, 1.25), gap="large")
    results = []
    with names, st.container(key="latest", gap=None):
        for run in runs:
            label, apart = name_of(run), traits_of(run)
            state = "" if run.state is State.FINISHED else f" · {state_words(run)}"
            ago = tr("{time} ago", time=words.about(time.time() - run.created_at))
            site.link(
                "train",
                label=f"{words.markdown_safe(label)} :gray[· {words.markdown_safe(apart)} · {ago}{state}]",
                query={"run": run.id},
            )
            results.append(_result(run, label))
    with scale:
        # A long name takes several lines: all rows are then as high, and the chart's lines follow (frame.css).
        charts.show(strip(results), key="home.latest", fills=True)
    with st.columns((1, 1.25), gap="large")[1]:
        st.caption(
            f"{palette.key('valid', tr('accuracy'))} &emsp; {palette.key('tta', tr('with test-time augmentation'))}"
        )


def _result(run: Run, label: str) -> Result:
    """What a run reached: its final accuracy, or of a stopped one its last epoch's."""
    got = reached(run.summary)
    return Result(label, got.accuracy, got.tta_accuracy, got.n)
