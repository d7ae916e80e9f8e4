"""Puts a Figure on the screen so that it does not flicker: same key, same specification, only the data change.

Its numbers are written as the visitor's language writes them: the browser makes those of axes and tooltips.
"""

from typing import Any, Literal

import pyarrow as pa
import streamlit as st

from sota_core import language
from sota_core.figures.figure import Figure


def show(figure: Figure, *, key: str, is_live: bool = False, fills: bool = False) -> None:
    """Draw a figure. Its container has the key's class, so that the style can keep room for it before it is drawn.

    is_live  the data change while it is shown: its alt text then stays the same, or the chart would be redrawn
    fills    it is as high as what stands beside it, whatever its specification says
    """
    # Arrow is what goes over the wire; by way of a data frame the same costs ten times as much at every tick
    data = {name: pa.Table.from_pylist(list(rows)) for name, rows in figure.datasets.items()}
    height: Literal["stretch", "content"] = "stretch" if fills else "content"
    with st.container(key=key, height=height):
        st.vega_lite_chart(
            spec={**figure.spec, **_in_language(figure.spec), "datasets": data},
            width="stretch",
            height=height,
            key=f"{key}.chart",
            alt=figure.still_text if is_live else figure.alt_text,
        )


def _in_language(spec: dict[str, Any]) -> dict[str, Any]:
    """The part of a specification that says how numbers are written; none in English, which is Vega's own way."""
    if language.current() == language.ENGLISH:
        return {}
    decimal, thousands = language.written("."), language.written(",")
    marks = {"decimal": decimal, "thousands": thousands, "grouping": [3], "currency": ["", ""]}
    return {"config": {**spec.get("config", {}), "locale": {"number": marks}}}
