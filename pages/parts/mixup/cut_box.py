"""CutMix by hand: a slider for its λ and a box to drag, on the two pictures of the first figure."""

import streamlit as st

from pages.parts.mixup.cut_pad import cut_pad
from pages.shared.components import sliders
from pages.shared.components.stage import Stage
from pages.shared.frame.technique import pictured
from pages.shared.session import address, trouble
from sota_core.figures.frames import Knob
from sota_core.figures.mixup import cut
from sota_core.language import tr

STAGE = "mixup.box"
AT = "mixup.cut_at"  # in the address
KNOBS = (
    Knob("lam", "mixup.cut_lam", cut.LAMS, cut.LAM),
    Knob("centre", AT, cut.CENTRES, cut.HOME, is_choice=True, is_ours=True),
)


@trouble.fragment
def section(pictures: tuple[str, str], names: tuple[str, str]) -> None:
    """`pictures` are squares as data URIs."""
    knob, figure = pictured((1, 2.3), key="box")
    with knob:
        lam = sliders.draw(KNOBS[0], tr("λ of the box"))
        st.markdown(
            tr(
                ":gray[:small[Picture A with a box of picture B. Drag the box, or use the arrow keys on the picture. "
                "At the border part of the box is cut off, and λ grows.]]"
            )
        )
    at = address.given(AT)
    centre = at if at in cut.CENTRES else cut.HOME
    stage = Stage(STAGE, {"lam": lam, "centre": centre, "names": names}, KNOBS, cut.VIEWS, still=[cut.said])
    with figure:
        picture, said = st.columns((1, 1.2), gap="large")
        with picture:
            cut_pad(pictures, stage=STAGE)
        with said:
            stage.place(cut.template(), key="mixup.cut_words")
    stage.draw()
