"""What makes a run repeatable, and what does not."""

import streamlit as st

from pages.shared.components import code_block
from sota_core.language import tr
from sota_core.script.baseline import seeded_code


def section() -> None:
    with st.expander(tr("What makes a run repeatable, and what does not"), icon=":material/replay:"):
        st.markdown(
            tr(
                "The chapter sets no seed: every run draws other weights, another order, other crops, and holds out "
                "another fifth. With these lines a run on a processor repeats itself on the same machine:"
            )
        )
        code_block.show(seeded_code(), key="code.seeded")
        st.markdown(
            tr(
                "**The place matters.** A loader draws the seed of its order when it is made: seeded after the "
                "loaders, two runs see their pictures in different orders.\n\n"
                "**What changes it all the same.** Another number of workers, for each draws its own crops; another "
                "batch size, precision or device; other versions of torch. Sums are then rounded in another order, and "
                "the digits differ. On a graphics card some operations add in no fixed order; `reproducible=True` "
                "settles cuDNN's, at some cost in time, not every one.\n\n"
                "A repeatable run is no truer than another. It is good for finding a mistake; for a comparison take "
                "several seeds."
            )
        )
