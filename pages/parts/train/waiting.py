"""In the place of the accuracy curve until it has a point: what the run does, and the pictures of its first batch."""

import streamlit as st

from pages.shared.pictures import datasets
from sota_core import words
from sota_core.analysis import preparation
from sota_core.analysis.series import Series
from sota_core.language import tr
from sota_core.runs.run import Run

_LOOK = {
    preparation.DONE: ":green[:material/check:] :gray[{}]",
    preparation.NOW: ":primary[:material/arrow_forward:] **{}**",
    preparation.NEXT: ":gray[:material/radio_button_unchecked: {}]",
}


def until_the_first_epoch(run: Run, series: Series) -> None:
    """Draw what stands there until the curve has a point, as high as the curve."""
    with st.container(key="figure.waiting", gap="xsmall"):
        st.markdown(tr("**Until the first point** &emsp; :gray[accuracy is counted after each epoch]"))
        lines = []
        for step in preparation.steps(run.state, series, run.recipe):
            detail = f" :gray[{words.markdown_safe(step.detail)}]" if step.detail else ""
            lines.append(_LOOK[step.state].format(step.title) + detail)
        st.markdown("  \n".join(lines))
        # of a visitor's own pictures only runs of earlier versions have sent any
        if series.first_batch is not None and datasets.is_mine(run.recipe.source):
            said = preparation.said(series, run.recipe)
            st.image(series.first_batch["sheet"], alt=said)
            st.caption(said)
