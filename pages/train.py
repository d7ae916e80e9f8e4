"""The training lab: data, recipe, run; or, where the address names one, a run or a recording."""

import runpy

import streamlit as st

from pages.parts.train import live_panel, lr_finder, outcome, questions, recordings, replay
from pages.parts.train.run_header import recap
from pages.parts.train.runs_list import runs_list
from pages.parts.train.steps import data_step, knobs, recipe_step, run_step, started, why_not
from pages.shared.frame import first_visit, share_link
from pages.shared.frame.reveal import begin_at_top
from pages.shared.people import signed_in
from pages.shared.pictures import datasets
from pages.shared.runs import code_dialog, guesses, room
from pages.shared.session import address, cached
from sota_core import paths
from sota_core.data.sets.sources import address_of
from sota_core.errors import UnknownRunError
from sota_core.language import tr
from sota_core.recipes.draft import compose
from sota_core.system import engine


def composer() -> None:
    said = address.everything()
    pictures = datasets.pictures_of(datasets.chosen(said.get("source")))
    draft = compose(said | {"source": pictures.source}, pictures, cached.throughput())
    refused, refused_below = started(draft, pictures)
    with st.container(key="lab_steps"):
        data, recipe, run = st.columns(3, gap="large")
    with data:
        data_step(pictures.source)
    # The address says what is on the screen, from the first visit on.
    shown = {"recipe": draft.preset, "source": address_of(pictures.source), "fit": draft.fit}
    address.complete({"seed": said.get("seed", str(draft.values["seed"]))} | shown)
    with recipe:
        recipe_step(draft, pictures)
        if draft.recipe is not None:
            code_dialog.button(draft.recipe)
    with run:
        run_step(draft, pictures, refused)
    first_visit.figure_first()
    first_visit.get_ready()
    knobs(draft, pictures, refused_below)
    lr_finder.section(draft.recipe, why_not(draft, pictures.source))
    questions.section(draft.recipe)
    share_link.share()


def page() -> None:
    signed_in.row()
    room.banner()
    if recording := address.given(recordings.PARAM):
        begin_at_top(recording)
        replay.page(recording)
        return
    run_id = address.given("run")
    if run_id:
        try:
            watched = cached.watch(run_id)
        except UnknownRunError:
            outcome.unknown(run_id)
            runs_list()  # the run they are looking for may be in it
            return
        begin_at_top(run_id)
        if watched.run.known_recipe is None:
            live_panel.of_another_version(watched)
            runs_list()
            return
        recap(watched.run, watched.series)
        guesses.panel(watched.run)
        live_panel.panel(watched)
        guesses.revealed(watched.run)
        return
    st.title(tr("Train"), anchor=False)
    if said := engine.why_not(cached.settings()):
        st.info(
            tr(
                "{why} You can still watch recorded runs here, compose any recipe below and take its code along.",
                why=said,
            )
        )
        recordings.gallery()
        st.space("small")
    composer()
    st.space("small")
    runs_list()
    if not said:
        st.space("small")
        recordings.gallery()


if __name__ == "__main__":  # Streamlit has run this file instead of app.py: shared/session/site.py
    runpy.run_path(str(paths.APP))
