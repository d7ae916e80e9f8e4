"""The lab's first step: which pictures, whether they are here, and eight of them."""

import streamlit as st

from pages._shared import datasets
from pages._shared.address import address_of
from pages._shared.compose import Pictures
from pages._shared.controls import choose
from pages._shared.encoded import encoded
from sota_core.figures import words
from sota_core.figures.pictures import contact_sheet


def data_step() -> Pictures:
    source = datasets.chosen(st.query_params.get("source"))
    st.session_state["lab.source"] = source
    st.markdown("##### 1 · Data")
    st.selectbox(
        "Data set",
        datasets.options(),
        key="lab.source",
        format_func=lambda s: datasets.title(s) + ("" if datasets.is_here(s) else "  (not here yet)"),
        on_change=choose,
        args=("source",),
        kwargs={"written": address_of},
        label_visibility="collapsed",
    )
    there = datasets.presence(source)
    if there.problem:
        st.error(words.markdown_safe(there.problem), icon=":material/folder_off:")
    elif not datasets.is_here(source):
        size = words.size_of(there.download_bytes)
        st.markdown(f":gray[{words.markdown_safe(there.about)} A download of {size}.]")
        st.page_link("pages/lab/data.py", label="Fetch it on the data page", icon=":material/download:")
    else:
        shown = datasets.thumbs(source, 8, seed=0)
        if shown:
            st.image(
                encoded(contact_sheet([s.picture for s in shown], columns=4, side=96)),
                width="stretch",
                alt="Eight pictures: " + ", ".join(s.name for s in shown),
            )
        pictures = datasets.pictures_of(source)
        counted = f"{words.count(pictures.n_train)} to train, {words.count(pictures.n_valid)} to validate"
        st.markdown(f":gray[:small[{counted}]]")
    return datasets.pictures_of(source)
