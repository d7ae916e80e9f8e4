"""Training a State-of-the-Art Model, live: page settings and navigation, nothing else."""

import streamlit as st

from pages._shared import arrival, frame

st.set_page_config(page_title="SOTA lab", page_icon=frame.icon(), layout="wide")
frame.apply_style()
arrival.lead()
st.navigation(frame.pages()).run()
