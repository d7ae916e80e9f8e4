"""Puts a Figure on the screen so that it does not flicker: same key, same specification, only the data change."""

import streamlit as st

from sota_core.figures.figure import Figure


def show(figure: Figure, *, key: str) -> None:
    """The container bears the key's class, so that the style can keep a figure's room before it is drawn."""
    with st.container(key=key):
        st.vega_lite_chart(
            spec={**figure.spec, "datasets": dict(figure.datasets)},
            width="stretch",
            key=f"{key}.chart",
            alt=figure.alt_text,
        )
