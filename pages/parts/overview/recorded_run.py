"""A real run that was recorded, played on the first screen, and the way to run the same here."""

import streamlit as st

from pages.parts.train.recordings import device_and_date, shipped
from pages.shared.components.play import play
from pages.shared.components.stage import Stage
from pages.shared.pictures import datasets
from pages.shared.session import site
from sota_core import words
from sota_core.data.sets.sources import address_of, source_title
from sota_core.figures.runs import playback
from sota_core.language import tr
from sota_core.recipes.draft import FITS, PRINTED
from sota_core.runs.recordings.recording import Recording
from sota_core.runs.recordings.replay import DEFAULT_SPEED

PLAYED = "baseline-cpu-seed-1"


def recorded_run() -> None:
    """Nothing where this copy of the app comes without it."""
    found = shipped().get(PLAYED)
    if found is None:
        return
    knob = playback.knob(found)
    at = {playback.MOMENT: knob.values[-1], "recording": found.id}
    stage = Stage("home.recorded", at, (knob,), playback.VIEWS, playback.STILL)
    with st.container(key="home.recorded", gap="xsmall"):
        said = tr(
            "**A real run on {data}, {recorded}**, played {n} times as fast.",
            data=_set_of(found),
            recorded=device_and_date(found),
            n=words.short(DEFAULT_SPEED),
        )
        st.markdown(f":material/history_toggle_off: {said}")
        stage.place(playback.template(), key="home.recorded.figure")
        with st.container(horizontal=True, vertical_alignment="center"):
            play(stage=stage.name, knob=playback.MOMENT, speed=DEFAULT_SPEED)
            site.link(
                "train",
                label=tr("Run it yourself: the same recipe, live"),
                icon=":material/science:",
                query=live(found),
            )
        stage.place(playback.outcome(), key="home.recorded.outcome")
        stage.draw()


def _set_of(found: Recording) -> str:
    """The set's name, whatever the size of its copies."""
    source = found.recipe.source
    return "Imagenette" if source.startswith("imagenette") else words.markdown_safe(source_title(source))


def live(found: Recording) -> dict[str, str]:
    """The lab's address for the same experiment and seed on what this machine has, fitted to about the same time."""
    fit = next((f for f in FITS if f != PRINTED and float(f) >= found.summary.get("seconds", 0.0)), FITS[-2])
    source = datasets.best_present()
    return {"recipe": found.recipe.preset, "source": address_of(source), "fit": fit, "seed": str(found.seed)}
