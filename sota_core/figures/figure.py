"""A figure: a Vega-Lite specification that stays the same while a run goes on, and the data that grow.

The screen redraws from scratch when a specification changes and only moves marks when data change: so every
builder here makes its specification once per frame (axes, sizes) and gives the numbers separately.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from sota_core.figures import palette

IS_CHECKED = False  # against Vega-Lite's schema, which takes ten times as long as making it

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Figure:
    """`spec` names its data sets; `datasets` holds them as rows; `alt_text` says the same in words.

    `still_text` says what the figure shows without its numbers: Streamlit draws a chart anew when its alternative
    text changes, so this is what stands there while numbers come in every second.
    """

    spec: dict[str, Any]
    datasets: dict[str, Rows]
    alt_text: str
    still_text: str = ""

    def to_dict(self) -> dict[str, Any]:
        """One self-contained Vega-Lite object, for a file or a test."""
        return {**self.spec, "datasets": {name: [dict(r) for r in rows] for name, rows in self.datasets.items()}}


def spec_of(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """An Altair chart as a plain object, with the look all figures share. The tests check it against the schema."""
    spec = chart.to_dict(validate=IS_CHECKED)
    spec["config"] = {**spec.get("config", {}), **_look()}
    return spec


@functools.cache
def _look() -> dict[str, Any]:
    """No colour here: the theme gives them. Quiet axes, room to breathe.

    A chart is one picture with one description (`Figure.alt_text`): groups of marks that bear no name are not read out.
    """
    return json.loads("""{
        "view": {"stroke": null},
        "mark": {"aria": false},
        "axis": {"domain": false, "ticks": false, "labelPadding": 8, "titlePadding": 10, "titleFontWeight": 400,
                 "titleFontSize": 12, "labelFontSize": 12, "gridOpacity": 0.6, "labelFlush": false},
        "axisX": {"grid": false},
        "text": {"fontSize": 12},
        "concat": {"spacing": 12}
    }""")


def named(name: str, role: str) -> alt.Chart:
    """A chart on the data set of this name, every mark of which has one meaning."""
    palette.ROLES[role]  # raises if the role does not exist
    return alt.Chart(alt.NamedData(name=name)).transform_calculate(role=f"'{role}'")


_FONT_PX = 12
_LETTER = 0.56  # the mean width of a letter, as a share of the font's size
NARROW_PX = 330  # a plot's width on a phone


def beside(field: str, dx: int) -> dict[str, Any]:
    """Options of a `mark_text` that stands right of `field`'s place on the x axis, or left of it if its words, the
    datum's `text`, would reach beyond the plot's edge, where they would be cut off.
    """
    end = f"scale('x', datum['{field}']) + {dx + 2} + {_LETTER * _FONT_PX:.2f} * length('' + datum.text)"
    is_beyond = f"{end} > width"
    return {
        "align": alt.ExprRef(expr=f"{is_beyond} ? 'right' : 'left'"),
        "dx": alt.ExprRef(expr=f"{is_beyond} ? {-dx} : {dx}"),
        "fontSize": _FONT_PX,
    }


def colour() -> alt.Color:
    """The colour channel: roles in the theme's order. A legend in words stands above the figure."""
    return alt.Color("role:N", scale=alt.Scale(**palette.colour_scale()), legend=None)
