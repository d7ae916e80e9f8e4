"""Why nobody thought of normalization before this chapter: pretrained nets bring their statistics."""

import streamlit as st

from pages.shared.components import code_block
from sota_core.language import tr
from sota_core.script.further_research import pretrained_code


def section() -> None:
    with st.expander(tr("Pretrained nets bring their statistics"), icon=":material/inventory_2:"):
        said, code = st.columns((1, 1.2), gap="large")
        with said:
            st.markdown(
                tr(
                    "`vision_learner` looks up the mean and standard deviation its net was trained with, and adds a "
                    "`Normalize` with them at the end of the batch transforms: ImageNet's for torchvision's nets, "
                    "those of its own configuration for a net of timm, a large library of pretrained nets. It does so "
                    "only if the net is pretrained and no `Normalize` is there yet; `normalize=False` keeps it from "
                    "doing so.\n\nA plain `Learner` adds nothing, and with weights at random there is nothing to look "
                    "up. So in this chapter the line has to be written. Whoever passes a net on passes its statistics "
                    "on too: a net exported by `learn.export()` carries its transforms, a bare file of weights does "
                    "not."
                )
            )
        with code:
            code_block.show(pretrained_code(), key="code.pretrained")
