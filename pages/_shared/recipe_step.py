"""The lab's second step: which experiment, fitted to how long a training; folded below it, every knob."""

import streamlit as st

from pages._shared.compose import FITS, PRINTED, Draft, changes
from pages._shared.controls import choose, groups, phase_rows, set_phases
from sota_core.figures import words
from sota_core.recipes import PRESETS, TITLES
from sota_core.recipes.recipe import MAX_PHASES

FIT_WORDS = {"60": "1", "120": "2", "300": "5", "900": "15", PRINTED: "as printed"}


def recipe_step(draft: Draft) -> None:
    st.markdown("##### 2 · Recipe")
    st.session_state["lab.recipe"], st.session_state["lab.fit"] = draft.preset, draft.fit
    st.pills(
        "Experiment",
        list(PRESETS),
        key="lab.recipe",
        required=True,
        wrap=True,
        format_func=TITLES.__getitem__,
        on_change=choose,
        args=("recipe",),
        kwargs={"clears": True},
        label_visibility="collapsed",
    )
    fits = FITS if draft.fit in FITS else (*FITS, draft.fit)
    st.segmented_control(
        "Fit its training to this machine, in minutes",
        fits,
        key="lab.fit",
        required=True,
        format_func=lambda f: FIT_WORDS.get(f, f"{f} s"),
        on_change=choose,
        args=("fit",),
        help="Scales the experiment down until its training fits this time on this machine: a narrower net, "
        "smaller pictures, fewer epochs, if need be fewer pictures. Techniques and seeds stay.",
    )
    different = list(changes(draft))
    if different:
        lines = (
            f":small[:gray[{label}] {words.markdown_safe(before)} → **{words.markdown_safe(after)}**]"
            for label, before, after in different
        )
        st.markdown("  \n".join(lines))
    elif draft.recipe is not None:
        st.markdown(":gray[:small[Exactly as printed.]]")


def knobs(draft: Draft) -> None:
    with st.expander("Turn the knobs", icon=":material/tune:", key="lab.knobs"):
        st.markdown("**Phases**")
        phase_rows(draft)
        with st.container(horizontal=True):
            n = draft.n_phases
            st.button("Add a phase", key="lab.more", on_click=set_phases, args=(n + 1,), disabled=n >= MAX_PHASES)
            st.button("Drop the last", key="lab.less", on_click=set_phases, args=(n - 1,), disabled=n <= 1)
        groups(draft, st.columns(4, gap="large"))
