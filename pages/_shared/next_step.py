"""After an ending that was not the wished one: the one press that goes on from it. By reason, a table."""

import dataclasses
from collections.abc import Callable

import streamlit as st

from pages._shared import datasets, press
from pages._shared.compose import address
from pages._shared.starting import LAB, start
from sota_core.errors import RecipeError, SotaError
from sota_core.figures import words
from sota_core.recipes import Recipe
from sota_core.runs.run import Run

DATA = "pages/lab/data.py"


def _again(recipe: Recipe) -> None:
    press.button(
        "Run it again", recipe, key="once_more", icon=":material/replay:", help="The same recipe with the same seed."
    )
    if (recipe := press.taken("once_more")) is not None:
        try:
            start(recipe, datasets.pictures_of(recipe.source))
        except SotaError as error:
            st.warning(words.markdown_safe(str(error)))


def _smaller(recipe: Recipe) -> None:
    half = tuple(dataclasses.replace(phase, bs=max(2, phase.bs // 2)) for phase in recipe.phases)
    label = f"Try a batch of {half[0].bs}"
    st.page_link(LAB, label=label, icon=":material/compress:", query_params=address(recipe.replace(phases=half)))


def _shorter(recipe: Recipe) -> None:
    asked = {"recipe": address(recipe)["recipe"], "source": address(recipe)["source"], "fit": "300"}
    st.page_link(LAB, label="Fit it to five minutes", icon=":material/timer:", query_params=asked)


def _data(recipe: Recipe) -> None:
    st.page_link(DATA, label="Look at the pictures", icon=":material/photo_library:")


def _change(recipe: Recipe) -> None:
    st.page_link(LAB, label="Change the recipe", icon=":material/tune:", query_params=address(recipe))


STEPS: dict[str, Callable[[Recipe], None]] = {
    "gpu_oom": _smaller,
    "disk_full": _again,
    "bad_data": _data,
    "error": _change,
    "no_start": _again,
    "killed": _again,
    "gone": _again,
    "lease": _again,
    "no_export": _again,
    "stopped": _again,
    "stopped_hard": _again,
    "time_limit": _shorter,
}


def offer(run: Run) -> None:
    """Nothing for a run that went through, nor for a recipe this version cannot read."""
    step = STEPS.get(run.reason or "")
    if step is None:
        return
    try:
        step(run.recipe)
    except RecipeError:
        return
