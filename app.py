"""Training a State-of-the-Art Model, live: page settings and navigation, nothing else."""

import streamlit as st

from pages.shared.frame import first_visit, frame
from pages.shared.session import address, journal, site, visitor_language

journal.keep()
st.set_page_config(page_icon=frame.icon(), layout="wide")
taken_along = frame.taken_along()
frame.apply_style()
frame.do_chores()
first_visit.lead()
visitor_language.switch()
page = st.navigation(site.navigation(), expanded=True)
st.set_page_config(page_title=frame.tab_title(page))
address.complete(*taken_along)
page.run()
