"""What the run that a technique's page proposes would cost on this machine, in a sentence."""

from collections.abc import Mapping

import streamlit as st

from pages._shared import cached, datasets
from pages._shared.compose import Pictures, compose, cost_s
from sota_core.figures import words
from sota_core.recipes import Throughput


def cost_of(recipe: str, knobs: Mapping[str, object]) -> str:
    """The same draft the lab makes of the same address; where it cannot be run, why."""
    pictures = datasets.pictures_of(datasets.best_present())
    return _cost(recipe, tuple((name, str(value)) for name, value in knobs.items()), pictures, cached.throughput())


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs={Pictures: repr, Throughput: repr})
def _cost(recipe: str, knobs: tuple[tuple[str, str], ...], pictures: Pictures, throughput: Throughput) -> str:
    draft = compose({"recipe": recipe, **dict(knobs)}, pictures, throughput)
    if draft.recipe is None:
        return words.markdown_safe(draft.problem)
    seconds = words.about(cost_s(draft.recipe, pictures, throughput))
    return (
        f"About {seconds} of training on {throughput.device}, fitted to this machine: "
        f"{draft.recipe.total_epochs} epochs at {draft.recipe.phases[0].size} px on {datasets.title(pictures.source)}."
    )
