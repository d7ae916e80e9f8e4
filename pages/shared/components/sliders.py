"""The slider of a knob, bound to the address, and where knobs stand: all from what the knob says of itself.

A knob always stands on one of its steps, also where a link names a value between two of them.
"""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.shared.session import address
from sota_core.figures.frames import Knob, Value


def draw(
    knob: Knob, label: str, format: str | None = None, *, help: str | None = None, disabled: bool = False
) -> Value:
    """Draw the slider of a knob; the step at which it stands. Whoever gives `disabled` says why beside it."""
    more: dict[str, Any] = {"key": knob.control, "bind": "query-params", "help": help, "disabled": disabled}
    if knob.is_choice:
        return st.select_slider(label, knob.values, knob.default, **more)
    address.settle(knob.control, knob.values[0], knob.values[-1], knob.nearest)
    low, second, *_ = knob.values
    step = round(second - low, 10)
    return knob.nearest(st.slider(label, low, knob.values[-1], knob.default, step, format, **more))


def standing(knobs: Sequence[Knob]) -> Any:
    """name → the step at which the widget of this knob stands; its default before the widget has been drawn."""
    return {knob.name: knob.nearest(st.session_state.get(knob.control)) for knob in knobs}
