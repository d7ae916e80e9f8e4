"""Mixup and label smoothing on one picture: its target, as λ is moved."""

from pages.parts.label_smoothing.figure import class_number, following
from pages.shared.components import sliders
from pages.shared.components.stage import Stage
from pages.shared.frame.technique import pictured
from pages.shared.session import trouble
from sota_core.figures.frames import Knob, span
from sota_core.figures.label_smoothing import mixed
from sota_core.language import tr

LAM, PARTNER = 0.7, 7
_LAM = Knob("lam", "label_smoothing.lam", span(0.5, 1.0, 0.01), LAM)
HELD = (_LAM.control, "label_smoothing.partner")


@trouble.fragment
def section() -> None:
    at = following("mixed")
    said, picture = pictured((1, 2.4), key="mixed")
    n = at["n"]
    with said:
        lam = sliders.draw(_LAM, "λ")
        knob = Knob("partner", "label_smoothing.partner", tuple(range(n)), min(PARTNER, n - 1))
        partner = class_number(knob, tr("Label of the partner"))
        now = {**at, "lam": lam, "partner": partner}
        stage = Stage("label_smoothing.mixed", now, (_LAM, knob), mixed.VIEWS, mixed.STILL)
        stage.place(mixed.sums(), key="label_smoothing.mixed_sum")
    with picture:
        stage.place(mixed.bars(), key="label_smoothing.mixed_bars")
    stage.draw()
