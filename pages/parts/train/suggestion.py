"""The one experiment that fits a result next: why, and a press that starts it."""

import streamlit as st

from pages.shared.people.owner import owner
from pages.shared.pictures import datasets
from pages.shared.runs.start import start
from pages.shared.session import buttons, cached, site
from pages.shared.session.address import recipe_query
from sota_core import words
from sota_core.analysis.next_step import next_step
from sota_core.analysis.series import Series
from sota_core.errors import SotaError
from sota_core.language import tr
from sota_core.recipes.draft import Pictures, cost_s
from sota_core.runs.recordings.replay import OWNER
from sota_core.runs.run import Run

_KEY = "suggestion"


def suggest(run: Run, series: Series) -> None:
    """A button that starts it; where its pictures are not here, as of a recording's, a link to the lab with it."""
    recipe, throughput = run.recipe, cached.throughput()
    tried = {known.identity for known in cached.store().history.list_runs(owner())}
    pictures = Pictures(recipe.source, round((series.n_train or 1) / recipe.subset), series.n_valid or 1)
    step = next_step(series, recipe, lambda r: cost_s(r, pictures, throughput), lambda r: r.identity() in tried)
    if step is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="next"):
        st.markdown(tr("**Next** &ensp; {why}", why=step.why), width="content")
        if run.owner == OWNER or not datasets.is_here(recipe.source):
            site.link("train", label=step.title, icon=":material/science:", query=recipe_query(step.recipe))
            return
        cost = tr("About {time} in all.", time=words.about(cached.expected(step.recipe, pictures).total))
        buttons.button(step.title, step.recipe, key=_KEY, icon=":material/play_arrow:", type="primary", help=cost)
    if (recipe := buttons.taken(_KEY)) is not None:
        try:
            start(recipe, datasets.pictures_of(recipe.source))
        except SotaError as error:
            st.warning(words.sentence(error))
