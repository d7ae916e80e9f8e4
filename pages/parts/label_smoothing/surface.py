"""The loss over logit and ε as a surface, once it is asked for: its library is 4.7 MB of the browser's script."""

import streamlit as st

from pages.parts.label_smoothing.figure import MOST_EPS, following
from pages.shared.session import trouble
from pages.shared.session.controls import choice
from sota_core import words
from sota_core.figures.label_smoothing import surface
from sota_core.language import tr

SHOWN, SEEN_FROM = "label_smoothing.surface", "label_smoothing.seen_from"
HELD = (SHOWN, SEEN_FROM)


@trouble.fragment
def section() -> None:
    if not st.toggle(tr("Draw it in three dimensions"), key=SHOWN, bind="query-params"):
        st.markdown(
            tr(
                ":gray[:small[Plotly, which draws it, is {size} of script: your browser loads it only when you switch "
                "this on.]]",
                size=f"{words.number(4.7, 1)} MB",
            )
        )
        return
    at = following("surface")
    view = choice(
        tr("Seen from"),
        list(surface.VIEWS),
        next(iter(surface.VIEWS)),
        name=SEEN_FROM,
        key=SEEN_FROM,
        words=tr,
        in_a_row=True,
    )
    said = surface.in_words(at["n"], at["eps"])
    figure = surface.loss_surface(at["n"], at["eps"], at["logit"], most=MOST_EPS, view=view)
    st.plotly_chart(
        figure, key="label_smoothing.loss_surface", config={"displayModeBar": False, "scrollZoom": False}, alt=said
    )
    st.markdown(said)
    st.caption(tr("Turn it with the mouse or a finger."))
