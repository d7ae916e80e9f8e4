"""Puts a Figure on the screen so that it does not flicker: same key, same specification, only the data change."""

import streamlit as st

from sota_core.figures.figure import Figure


def show(figure: Figure, *, key: str) -> None:
    st.vega_lite_chart(
        spec={**figure.spec, "datasets": dict(figure.datasets)},
        width="stretch",
        key=key,
        alt=figure.alt_text,
    )
