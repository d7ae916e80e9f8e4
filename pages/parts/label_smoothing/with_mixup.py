"""Mixup and label smoothing on one picture: its target, as λ is moved."""

import streamlit as st

from pages.parts.label_smoothing.figure import class_number, following
from pages.shared.components.stage import Stage
from pages.shared.frame.technique import pictured
from pages.shared.session import trouble
from sota_core.figures.frames import Knob, span
from sota_core.figures.label_smoothing import mixed
from sota_core.language import tr

LAM, PARTNER = 0.7, 7
HELD = ("label_smoothing.lam", "label_smoothing.partner")


@trouble.fragment
def section() -> None:
    at = following("mixed")
    said, picture = pictured((1, 2.4), key="mixed")
    n, start = at["n"], min(PARTNER, at["n"] - 1)
    with said:
        lam = st.slider("λ", 0.5, 1.0, LAM, 0.01, key="label_smoothing.lam", bind="query-params")
        partner = class_number(tr("Label of the partner"), "label_smoothing.partner", PARTNER, n)
        knobs = (
            Knob("lam", "label_smoothing.lam", span(0.5, 1.0, 0.01), LAM),
            Knob("partner", "label_smoothing.partner", tuple(range(n)), start),
        )
        stage = Stage(
            "label_smoothing.mixed", {**at, "lam": round(lam, 2), "partner": partner}, knobs, mixed.VIEWS, mixed.STILL
        )
        stage.place(mixed.sums(), key="label_smoothing.mixed_sum")
    with picture:
        stage.place(mixed.bars(), key="label_smoothing.mixed_bars")
    stage.draw()
