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
                    "`Normalize` with them at the end of the batch transforms: ImageNet's for torchvision's nets, and "
                    "for a net of timm, a large library of pretrained nets, those in the net's configuration. It does "
                    "so only if the net is pretrained and no `Normalize` is there yet; `normalize=False` turns it "
                    "off.\n\nA plain `Learner` adds nothing, and random weights have no statistics to look up. So in "
                    "this chapter you write the line yourself. When you pass a net on, pass on its statistics too: a "
                    "net exported by `learn.export()` carries its transforms, a bare file of weights does not."
                )
            )
        with code:
            code_block.show(pretrained_code(), key="code.pretrained")
