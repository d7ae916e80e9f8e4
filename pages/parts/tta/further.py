"""TTA beyond the validation set, and corner crops for a net of one's own."""

import streamlit as st

from pages.shared.components import code_block
from sota_core.language import tr
from sota_core.script.further_research import corner_tta_code, other_loader_code


def section(n: int, beta: float) -> None:
    with st.expander(tr("On other pictures: any loader"), icon=":material/folder_open:"):
        st.markdown(
            tr(
                "By default `tta` predicts the validation set. `dl=` takes any other loader: `test_dl` makes one from "
                "files outside the split, prepared like validation pictures. The views still use the *training* "
                "transforms: if nothing in them is random, the net sees the same picture n times."
            )
        )
        code_block.show(other_loader_code(n, beta), key="code.tta.loader", label=tr("Another loader"))
    with st.expander(tr("Further research: centre and four corners, for your own net"), icon=":material/crop_free:"):
        st.markdown(
            tr(
                "Five fixed crops in place of n random views, at the same price as n = 4. The crop comes before "
                "`Resize`, so everything after it stays the same. Compare the three accuracies on the same pictures, "
                "and count the pictures that change: above, *Which pictures change* does so for the nets of this app."
            )
        )
        code_block.show(corner_tta_code(), key="code.tta.corners", height=420)
