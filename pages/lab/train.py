"""The training lab: data, recipe, run; and below, the run itself."""

import streamlit as st

from pages._shared import (
    arrival,
    cached,
    code_out,
    guess,
    live,
    outcome,
    recordings,
    replay,
    room,
    signed_in,
    teacher_link,
)
from pages._shared.address import address_of
from pages._shared.compose import DEFAULT_FIT, compose
from pages._shared.data_step import data_step
from pages._shared.recap import recap
from pages._shared.recipe_step import knobs, recipe_step
from pages._shared.run_step import run_step
from pages._shared.runs_list import runs_list
from sota_core.errors import SotaError, UnknownRunError
from sota_core.figures import words


def composer() -> None:
    with st.container(key="lab_steps"):
        data, recipe, run = st.columns(3, gap="large")
    with data:
        pictures = data_step()
    draft = compose(st.query_params.to_dict() | {"source": pictures.source}, pictures, cached.throughput())
    for name, value in (
        ("recipe", draft.preset),
        ("source", address_of(pictures.source)),
        ("fit", draft.fit or DEFAULT_FIT),
    ):
        if st.query_params.get(name) != value:
            st.query_params[name] = value  # the address says what is on the screen, from the first visit on
    if "seed" not in st.query_params:
        st.query_params["seed"] = str(draft.values["seed"])
    with recipe:
        recipe_step(draft)
        if draft.recipe is not None:
            code_out.button(draft.recipe)
    with run:
        run_step(draft, pictures)
    arrival.figure_first()
    knobs(draft)
    teacher_link.share("Train")


def page() -> None:
    signed_in.row()
    room.banner()
    if recording := st.query_params.get(recordings.PARAM):
        replay.page(recording)
        return
    run_id = st.query_params.get("run")
    if run_id:
        try:
            watched = cached.watch(run_id)
        except UnknownRunError:
            outcome.unknown(run_id)
            return
        recap(watched.run)
        guess.panel(watched.run)
        live.panel(watched)
        guess.revealed(watched.run)
        return
    st.title("Train", anchor=False)
    composer()
    st.space("small")
    runs_list()
    st.space("small")
    recordings.gallery()


try:
    page()
except SotaError as error:
    st.error(words.markdown_safe(str(error)), icon=":material/error:")
