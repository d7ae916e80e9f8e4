"""Every line's value at one epoch or second, by a slider: what a pointer shows over the curves, for a keyboard too."""

from collections.abc import Sequence

import streamlit as st

from pages.shared.components.stage import Stage
from pages.shared.frame.fold import is_led_into
from pages.shared.session import trouble
from sota_core.analysis.comparison import Group
from sota_core.figures.frames import Knob
from sota_core.figures.runs import moments
from sota_core.figures.runs.compared import ACCURACY, SECONDS, mean_line, role_of
from sota_core.language import tr

STAGE = KEY = "compare.moment"


def at_one_moment(found: Sequence[Group], base: str, by: str, what: str) -> None:
    """Folded; nothing before there are two moments. A run under way is shown up to when the page was drawn."""
    is_time = by == SECONDS
    lines = {group.number: mean_line(group, by, what) for group in found}
    live = {group.number for group in found if group.is_live}
    steps = moments.steps(lines, live, is_time=is_time, is_share=what == ACCURACY)
    if len(steps) < 2:
        return
    title = tr("Every line at one moment") if is_time else tr("Every line after one epoch")
    icon, is_open = ":material/align_vertical_center:", is_led_into([KEY])
    with st.expander(title, icon=icon, key="compare.at_moment", expanded=is_open):
        _figure(steps, {group.number: role_of(group, base) for group in found}, is_time)


@trouble.fragment
def _figure(steps: moments.Steps, roles: dict[int, str], is_time: bool) -> None:
    options = tuple(when for when, _ in steps)
    if st.session_state.get(KEY) not in options:  # left from other runs, or from the other axis
        st.session_state.pop(KEY, None)
    label = tr("Time (min:s)") if is_time else tr("Epoch")
    moment = st.select_slider(label, options, options[-1], key=KEY, bind="query-params", width=420)
    knob = Knob("moment", KEY, options, options[-1], is_choice=True)
    stage = Stage(STAGE, {"of": steps, "moment": moment}, (knob,), (moments.lines_at,), (moments.told_at,))
    stage.place(moments.template(roles, is_time=is_time), key="compare.at_moment_lines")
    stage.draw()
