"""What makes a run repeatable, and what does not."""

import streamlit as st

from pages.shared.components import code_block
from sota_core.language import tr
from sota_core.script.baseline import seeded_code


def section() -> None:
    with st.expander(tr("What makes a run repeatable, and what does not"), icon=":material/replay:"):
        st.markdown(
            tr(
                "The chapter sets no seed: every run draws different weights, a different order and different crops, "
                "and holds out a different fifth. With these lines a run on a CPU repeats itself on the same machine:"
            )
        )
        code_block.show(seeded_code(), key="code.seeded")
        st.markdown(
            tr(
                "**Where you set the seed matters.** A loader draws the seed of its order when it is created: if you "
                "set yours after that, two runs see their pictures in different orders.\n\n**What still changes the "
                "result.** Another number of workers, because each draws its own crops; another batch size, "
                "because every step then sees other pictures; another precision, device or version of torch, because "
                "numbers are then rounded differently. On a graphics card some operations add in no fixed order; "
                "`reproducible=True` fixes it for cuDNN, at some cost in time, but not for every operation.\n\nA "
                "repeatable run is no closer to the truth than another. It helps you find a mistake; for a "
                "comparison, take several seeds."
            )
        )
