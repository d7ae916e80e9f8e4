"""TTA beyond the validation set, and corner crops for a net of one's own."""

import streamlit as st

from pages.shared.components import code_block
from sota_core.language import tr
from sota_core.script.further_research import corner_tta_code, other_loader_code


def section(n: int, beta: float) -> None:
    with st.expander(tr("On other pictures: any loader"), icon=":material/folder_open:"):
        st.markdown(
            tr(
                "Without more, `tta` asks the validation set. `dl=` takes any other loader: `test_dl` makes one of "
                "files that were in no split, prepared as validation pictures are. The views still use the "
                "*training* transforms: a net trained without anything random would be asked the same picture n "
                "times."
            )
        )
        code_block.show(other_loader_code(n, beta), key="code.tta.loader")
    with st.expander(tr("Further research: centre and four corners, for your own net"), icon=":material/crop_free:"):
        st.markdown(
            tr(
                "Five fixed crops in place of n random views, the same price as n = 4. The crop comes before "
                "`Resize`, so everything after it stays as it was. Compare the three accuracies on the same "
                "pictures, and count them: above, *Which pictures change* does so for the nets of this app."
            )
        )
        code_block.show(corner_tta_code(), key="code.tta.corners", height=420)
