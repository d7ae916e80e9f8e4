"""Training a State-of-the-Art Model, live: page settings and navigation, nothing else."""

import streamlit as st

from pages._shared import frame

st.set_page_config(page_title="SOTA lab", page_icon=frame.icon(), layout="wide")
frame.apply_style()
st.navigation(frame.pages()).run()
