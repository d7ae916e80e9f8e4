"""Puts a Figure on the screen so that it does not flicker: same key, same specification, only the data change."""

import pyarrow as pa
import streamlit as st

from sota_core.figures.figure import Figure


def show(figure: Figure, *, key: str, is_live: bool = False) -> None:
    """The container bears the key's class, so that the style can keep a figure's room before it is drawn.

    is_live  numbers come in while one looks: the alternative text stays still, or the chart would be drawn anew
    """
    # Arrow is what goes over the wire; by way of a data frame the same costs ten times as much at every tick
    data = {name: pa.Table.from_pylist(list(rows)) for name, rows in figure.datasets.items()}
    with st.container(key=key):
        st.vega_lite_chart(
            spec={**figure.spec, "datasets": data},
            width="stretch",
            key=f"{key}.chart",
            alt=figure.still_text if is_live else figure.alt_text,
        )
