"""Training losses by batch of what is compared, with a slider for their smoothing."""

from collections.abc import Sequence

import streamlit as st

from pages.shared.components.range_input import range_input
from pages.shared.components.stage import Stage
from pages.shared.frame.fold import is_led_into
from pages.shared.session import address, trouble
from sota_core import words
from sota_core.analysis.comparison import Group
from sota_core.figures.frames import Knob
from sota_core.figures.runs import batches
from sota_core.figures.runs.batches import FASTAIS, WEIGHTS, Losses
from sota_core.figures.runs.compared import role_of
from sota_core.language import tr

STAGE = "compare.batches"
WEIGHT = Knob("weight", "smooth", WEIGHTS, FASTAIS, is_ours=True, written_as="smooth")


def by_batch(found: Sequence[Group], base: str) -> None:
    """Losses of each line's first run, if it has batches; of a run under way, up to when the page was drawn."""
    losses = batches.losses_of(found, [role_of(group, base) for group in found])
    if losses.numbers:
        title, is_open = tr("Training loss by batch"), is_led_into([WEIGHT.control])
        with st.expander(title, icon=":material/show_chart:", key="compare.by_batch", expanded=is_open):
            _figure(losses)


@trouble.fragment
def _figure(of: Losses) -> None:
    asked = address.decimal(WEIGHT.control, FASTAIS, WEIGHTS[0], WEIGHTS[-1])
    weight = min(WEIGHTS, key=lambda weight: abs(weight - asked))
    st.markdown(
        f":small[{tr('Smoothing')}]",
        help=tr(
            "The weight of the earlier batches, as in TensorBoard: an exponential moving average, corrected "
            "for starting at zero. fastai prints the one of weight .98. At 0 every batch is shown as it was."
        ),
    )
    range_input(tr("Smoothing"), [words.number(weight) for weight in WEIGHTS], stage=STAGE, knob=WEIGHT.name)
    stage = Stage(STAGE, {"of": of, "weight": weight}, (WEIGHT,), batches.VIEWS, (batches.told,))
    stage.place(batches.template(of), key="compare.losses")
    st.caption(
        tr(
            "The training losses of the recorded batches. With mixup or smoothing they are measured against "
            "other targets, so compare shapes between recipes, and heights within one only. Of several seeds "
            "the first is shown."
        )
    )
    stage.draw()
