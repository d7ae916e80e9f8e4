"""The same again? An identical finished run is offered before it is trained once more."""

import time

import streamlit as st

from pages._shared import cached
from sota_core.figures import words
from sota_core.figures.reached import reached
from sota_core.recipes import Recipe
from sota_core.runs.reuse import earlier_run, pictures_now
from sota_core.runs.run import Run
from sota_core.settings import Settings

LAB = "pages/lab/train.py"


@st.cache_data(ttl=30.0, max_entries=32, show_spinner=False, hash_funcs={Settings: repr})
def _pictures(source: str, of: Settings) -> str | None:
    return pictures_now(source, of)


def offer(recipe: Recipe | None) -> None:
    """An earlier run of this recipe on these pictures, with its date and result; nothing where there is none."""
    if recipe is None:
        return
    run = earlier_run(cached.store(), recipe, _pictures(recipe.source, cached.settings()))
    if run is not None:
        st.page_link(LAB, label=told(run), icon=":material/history:", query_params={"run": run.id})


def told(run: Run, now: float | None = None) -> str:
    """`Trained already, 22 Nov 2026: 87.1 % of 500. See it` – same recipe, pictures, seed and code."""
    got = reached(run.summary)
    result = ""
    if got.accuracy is not None:
        result = f": **{words.percent(got.accuracy)}**" + (f" of {words.count(got.n)}" if got.n else "")
    ended = run.ended_at or run.created_at
    ago = words.about(max(0.0, (time.time() if now is None else now) - ended))
    date = time.strftime("%d %b %Y", time.gmtime(ended)).lstrip("0")
    same = ":gray[Same recipe, pictures, seed and code.]"
    return f"Trained already, {date} ({ago} ago){result}. See that run. {same}"
