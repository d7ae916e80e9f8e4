"""The loss over logit and ε as a surface, once it is asked for: its library is 4.7 MB of the browser's script."""

import streamlit as st

from pages.parts.label_smoothing.figure import MOST_EPS, following
from sota_core.figures.label_smoothing import surface

SHOWN, SEEN_FROM = "label_smoothing.surface", "label_smoothing.seen_from"
HELD = (SHOWN, SEEN_FROM)


@st.fragment
def section() -> None:
    if not st.toggle("Draw it in three dimensions", key=SHOWN, bind="query-params"):
        st.markdown(":gray[:small[Plotly, which draws it, is 4.7 MB of script: your browser loads it once you ask.]]")
        return
    at = following("surface")
    view = st.segmented_control(
        "Seen from",
        list(surface.VIEWS),
        default=next(iter(surface.VIEWS)),
        required=True,
        key=SEEN_FROM,
        bind="query-params",
        help="Or turn it with the mouse or a finger.",
    )
    said = surface.in_words(at["n"], at["eps"])
    figure = surface.loss_surface(
        at["n"], at["eps"], at["logit"], most=MOST_EPS, view=view or next(iter(surface.VIEWS))
    )
    st.plotly_chart(
        figure, key="label_smoothing.loss_surface", config={"displayModeBar": False, "scrollZoom": False}, alt=said
    )
    st.markdown(said)
